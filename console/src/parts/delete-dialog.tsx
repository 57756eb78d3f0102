/** The dialog that deletes: what will happen, what is in the way, and a word to type. */
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, type ReactNode, useState } from 'react';
import { type ApiError, isNotFound, toApiError } from '../aws/errors.js';
import { Dialog } from './dialog.js';
import { errorText } from './error-text.js';
import { useFlash } from './flash.js';

const WORD = 'delete';

/** What is deleted. */
interface Doomed {
  readonly id: string;
  readonly name?: string | undefined;
}

/** A resource that uses what is to be deleted. */
interface Blocker {
  readonly id: string;
  readonly href: string;
  readonly name?: string | undefined;
  /** How it is in the way: `uses tmt-1`. */
  readonly text?: string;
}

interface DeleteDialogProps {
  readonly items: readonly Doomed[];
  /** `traffic mirror target`: with the id it is the message of success. */
  readonly long: string;
  /** What will happen. */
  readonly consequence: ReactNode;
  /** What has to go first. As long as there is any, nothing is deleted. Undefined while it is looked for. */
  readonly blockers?: readonly Blocker[] | undefined;
  readonly remove: (id: string) => Promise<unknown>;
  /** @param deleted the ids that are gone; none after `Cancel` */
  readonly onClose: (deleted: readonly string[]) => void;
  /** The message of success, when it is not `Deleted traffic mirror target tmt-1`. */
  readonly successText?: (item: Doomed) => string;
}

/** Deletes one item after the other. What fails is listed, and the dialog stays. One that is gone already counts as deleted. */
export function DeleteDialog(props: DeleteDialogProps) {
  const { items, long, consequence, blockers = [], remove, onClose } = props;
  const { successText = ({ id }: Doomed) => `Deleted ${long} ${id}` } = props;
  const flash = useFlash();
  const [word, setWord] = useState('');
  const [busy, setBusy] = useState(false);
  const [deleted, setDeleted] = useState<readonly string[]>([]);
  const [failures, setFailures] = useState<ReadonlyMap<string, ApiError>>(new Map());
  const left = items.filter(({ id }) => !deleted.includes(id));
  const ready = word.trim().toLowerCase() === WORD && blockers.length === 0;

  const run = async (): Promise<void> => {
    if (!ready || busy) return;
    setBusy(true);
    const gone = [...deleted];
    const failed = new Map<string, ApiError>();
    for (const item of left) {
      const error = await attempt(() => remove(item.id));
      if (error !== undefined) failed.set(item.id, error);
      else {
        gone.push(item.id);
        flash.success(successText(item));
      }
    }
    setDeleted(gone);
    setFailures(failed);
    setBusy(false);
    if (failed.size === 0) onClose(gone);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void run();
  };
  const buttons = (
    <Box float="right">
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="link" formAction="none" onClick={() => onClose(deleted)}>
          Cancel
        </Button>
        <Button
          variant="primary"
          formAction="none"
          disabled={!ready}
          loading={busy}
          onClick={() => void run()}
        >
          Delete
        </Button>
      </SpaceBetween>
    </Box>
  );
  return (
    <Dialog header="Delete confirmation" onDismiss={() => onClose(deleted)} footer={buttons}>
      <form onSubmit={submit}>
        <SpaceBetween size="m">
          <DoomedList items={left} long={long} />
          <Alert type="warning">{consequence}</Alert>
          {blockers.length > 0 && <Blockers blockers={blockers} />}
          {[...failures].map(([id, error]) => (
            <Alert key={id} type="error" header={`${id} was not deleted`}>
              {errorText(error)}
            </Alert>
          ))}
          <FormField label={`To confirm, type ${WORD}`}>
            <Input
              value={word}
              onChange={({ detail }) => setWord(detail.value)}
              autoFocus
              autoComplete={false}
            />
          </FormField>
        </SpaceBetween>
      </form>
    </Dialog>
  );
}

function DoomedList({ items, long }: { readonly items: readonly Doomed[]; readonly long: string }) {
  const shown = items.map(({ id, name }) => <b key={id}>{name === undefined ? id : `${id} (${name})`}</b>);
  if (shown.length === 1) {
    return (
      <Box>
        Delete {long} {shown}?
      </Box>
    );
  }
  return (
    <div>
      Delete {shown.length} {long}s?
      <ul>
        {shown.map((one) => (
          <li key={one.key}>{one}</li>
        ))}
      </ul>
    </div>
  );
}

function Blockers({ blockers }: { readonly blockers: readonly Blocker[] }) {
  return (
    <Alert type="error" header="Still in use">
      Modify or delete these first:
      <ul>
        {blockers.map(({ id, href, name, text }) => (
          <li key={id}>
            <Link href={href}>{name === undefined ? id : `${id} (${name})`}</Link> {text}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

async function attempt(run: () => Promise<unknown>): Promise<ApiError | undefined> {
  try {
    await run();
    return undefined;
  } catch (thrown) {
    const error = toApiError(thrown);
    return isNotFound(error) ? undefined : error;
  }
}
