/** The page that asks for an access key. */
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormLayout from '@cloudscape-design/components/form';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, useState } from 'react';
import type { Credentials } from '../../aws/client.js';
import { type ApiError, isClockWrong, toApiError } from '../../aws/errors.js';
import { required } from '../../forms/fields.js';
import { type SignInFields, signInProblems } from '../../forms/sign-in.js';
import { errorText } from '../../parts/error-text.js';
import { CheckboxField, TextField } from '../../parts/fields.js';
import type { Bound } from '../../parts/use-form.js';

interface SignInProps {
  readonly region: string;
  /** Why the page asks again. */
  readonly lost: ApiError | undefined;
  /** A page waits behind with what was entered. */
  readonly hasPage: boolean;
  /** @throws ApiError when the key is refused */
  readonly signIn: (credentials: Credentials, keep: boolean) => Promise<void>;
}

const LABELS: SignInFields = {
  accessKeyId: 'Access key ID',
  secretAccessKey: 'Secret access key',
  region: 'Region',
};

/** Asks for a key, and shows what is wrong with it. */
export function SignIn({ region, lost, hasPage, signIn }: SignInProps) {
  const [values, setValues] = useState<SignInFields>({ accessKeyId: '', secretAccessKey: '', region });
  const [keep, setKeep] = useState(false);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const refused = error === undefined ? {} : signInProblems(error);

  const bind = (path: keyof SignInFields): Bound<string> & { label: string } => ({
    path,
    label: LABELS[path],
    value: values[path],
    onChange: (value) => {
      setError(undefined);
      setValues((before) => ({ ...before, [path]: value }));
    },
    onBlur: () => setTouched((before) => new Set(before).add(path)),
    error: refused[path] ?? (touched.has(path) ? required(values[path], LABELS[path]) : undefined),
  });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setTouched(new Set(Object.keys(LABELS)));
    const given = { ...values, accessKeyId: values.accessKeyId.trim(), region: values.region.trim() };
    if (busy || Object.values(given).some((value) => value === '')) return;
    setBusy(true);
    setError(undefined);
    try {
      await signIn(given, keep);
    } catch (thrown) {
      setError(toApiError(thrown));
    } finally {
      setBusy(false);
    }
  };
  const button = (
    <Button variant="primary" formAction="submit" loading={busy} disabled={!window.isSecureContext}>
      Sign in
    </Button>
  );
  return (
    <main className="sign-in">
      <form onSubmit={(event) => void submit(event)} noValidate>
        <FormLayout header={<Header variant="h1">Traffic Mirroring</Header>} actions={button}>
          <Container header={<Header variant="h2">Sign in</Header>}>
            <SpaceBetween size="l">
              <Notice
                lost={lost}
                hasPage={hasPage}
                error={error}
                isAtField={Object.keys(refused).length > 0}
              />
              <TextField {...bind('accessKeyId')} />
              <TextField {...bind('secretAccessKey')} type="password" />
              <TextField {...bind('region')} />
              <CheckboxField
                label="Keep until this tab is closed"
                description="In the storage of this tab. Otherwise a reload asks again."
                path="keep"
                value={keep}
                onChange={setKeep}
                onBlur={() => {}}
                error={undefined}
              />
            </SpaceBetween>
          </Container>
        </FormLayout>
      </form>
    </main>
  );
}

interface NoticeProps {
  readonly lost: ApiError | undefined;
  readonly hasPage: boolean;
  readonly error: ApiError | undefined;
  readonly isAtField: boolean;
}

function Notice({ lost, hasPage, error, isAtField }: NoticeProps) {
  if (!window.isSecureContext) {
    return (
      <Alert type="error" header="This page is not secure">
        A browser signs requests only over https, or over http of this host itself (127.0.0.1 or localhost).
      </Alert>
    );
  }
  const shown = error ?? lost;
  if (shown === undefined || (error !== undefined && isAtField)) return null;
  return (
    <Alert
      type={error === undefined ? 'warning' : 'error'}
      header={headerOf(shown, error === undefined, hasPage)}
    >
      {errorText(shown)}
      {isClockWrong(shown) && <Box>The clock of this browser says {new Date().toISOString()}.</Box>}
    </Alert>
  );
}

function headerOf(error: ApiError, isLost: boolean, hasPage: boolean): string {
  if (isClockWrong(error)) return 'The clocks of this browser and of the server differ';
  if (!isLost) return 'Not signed in';
  return hasPage ? 'Sign in again: what you entered is kept' : 'Sign in again';
}
