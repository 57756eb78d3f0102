/** The frames of forms: a page, a dialog, and the sections inside. */
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import FormLayout from '@cloudscape-design/components/form';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { isRefused, isRetryable } from '../aws/errors.js';
import { Dialog } from './dialog.js';
import { errorText } from './error-text.js';
import { type Breadcrumb, usePage } from './page.js';
import { policyAction } from './refusal.js';
import { useNavigate } from './router.js';
import type { Form } from './use-form.js';

interface FormPageProps<V> {
  readonly title: string;
  readonly description?: ReactNode;
  readonly breadcrumbs: readonly Breadcrumb[];
  readonly form: Form<V>;
  readonly submitLabel: string;
  readonly cancelHref: string;
  /** Buttons before the primary one. */
  readonly secondary?: ReactNode;
  readonly children: ReactNode;
}

/** A page with a form: `Cancel` and the primary button at its end. */
export function FormPage<V>(props: FormPageProps<V>) {
  const { title, description, breadcrumbs, form, submitLabel, cancelHref, secondary, children } = props;
  usePage({ title, breadcrumbs });
  const navigate = useNavigate();
  const buttons = (
    <SpaceBetween direction="horizontal" size="xs">
      <Button variant="link" formAction="none" onClick={() => navigate(cancelHref)}>
        Cancel
      </Button>
      {secondary}
      <Button variant="primary" formAction="submit" loading={form.submitting}>
        {submitLabel}
      </Button>
    </SpaceBetween>
  );
  const header = (
    <Header variant="h1" description={description}>
      {title}
    </Header>
  );
  return (
    <ContentLayout header={header}>
      <FormElement form={form}>
        <FormLayout actions={buttons}>
          <SpaceBetween size="l">
            {children}
            <FormError form={form} />
          </SpaceBetween>
        </FormLayout>
      </FormElement>
    </ContentLayout>
  );
}

interface FormModalProps<V> {
  readonly title: string;
  readonly form: Form<V>;
  readonly submitLabel: string;
  readonly onCancel: () => void;
  readonly children: ReactNode;
}

/** A form in a dialog. */
export function FormModal<V>({ title, form, submitLabel, onCancel, children }: FormModalProps<V>) {
  const buttons = (
    <Box float="right">
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="link" formAction="none" onClick={onCancel}>
          Cancel
        </Button>
        <Button
          variant="primary"
          formAction="none"
          loading={form.submitting}
          onClick={() => void form.submit()}
        >
          {submitLabel}
        </Button>
      </SpaceBetween>
    </Box>
  );
  return (
    <Dialog size="large" header={title} onDismiss={onCancel} footer={buttons}>
      <FormElement form={form}>
        <SpaceBetween size="l">
          {children}
          <FormError form={form} />
        </SpaceBetween>
      </FormElement>
    </Dialog>
  );
}

interface FormSectionProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A section of a form: a region by the name of its heading. */
export function FormSection({ title, description, actions, children }: FormSectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Container
        header={
          <Header variant="h2" description={description} actions={actions}>
            <span id={id}>{title}</span>
          </Header>
        }
      >
        <SpaceBetween size="l">{children}</SpaceBetween>
      </Container>
    </section>
  );
}

/** The form element. After a refusal the first bad field takes the focus. */
function FormElement<V>({ form, children }: { readonly form: Form<V>; readonly children: ReactNode }) {
  const element = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (form.refusals === 0) return undefined;
    const field = element.current?.querySelector('[data-problem="true"]');
    const control = field?.querySelector<HTMLElement>('[aria-invalid="true"], input, textarea, button');
    control?.focus();
    control?.scrollIntoView({ block: 'center' });
    const timer = setTimeout(() => closeSuggestions(control));
    return () => clearTimeout(timer);
  }, [form.refusals]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    // A dialog with a form of its own is inside this one for React, though not for the document.
    event.stopPropagation();
    void form.submit();
  };
  return (
    <form ref={element} onSubmit={submit} noValidate>
      {children}
    </form>
  );
}

/** Suggestions open with the focus, and would cover what is wrong with the field. */
function closeSuggestions(control: HTMLElement | null | undefined): void {
  if (control?.getAttribute('aria-expanded') !== 'true') return;
  control.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', keyCode: 27, bubbles: true }));
}

/** What the API said of the form as a whole. */
function FormError<V>({ form: { error, submit } }: { readonly form: Form<V> }) {
  if (error === undefined) return null;
  const canRetry = isRetryable(error) || error.code === 'IdempotentParameterMismatch';
  const retryLabel = isRetryable(error) ? 'Retry' : 'Try again';
  const action = canRetry && (
    <Button formAction="none" onClick={() => void submit()}>
      {retryLabel}
    </Button>
  );
  return (
    <Alert type="error" header={headerOf(error)} action={action}>
      {errorText(error)}
    </Alert>
  );
}

function headerOf(error: NonNullable<Form<unknown>['error']>): string {
  if (isRefused(error)) return `You have no permission for ${policyAction(error)}`;
  if (error.code === 'OperationNotPermitted')
    return 'This cannot be changed here: change it in the configuration file';
  return 'The request failed';
}
