/** Refusals and failures of reads, in place of what would have been shown. */
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { type ApiError, isRefused } from '../aws/errors.js';
import { errorText } from './error-text.js';

/** The part of action names in policies before the colon, where it is not the signing name. */
const POLICY_PREFIXES: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

/** The action as a policy names it: `ec2:DescribeTrafficMirrorSessions`. */
export function policyAction({ service, action }: Pick<ApiError, 'service' | 'action'>): string {
  return `${POLICY_PREFIXES[service] ?? service}:${action}`;
}

/** Says why there is nothing to see, and which action a policy would have to allow. */
function Refusal({ error }: { readonly error: ApiError }) {
  return (
    <Alert type="warning" header={`You have no permission for ${policyAction(error)}`}>
      {errorText(error)}
    </Alert>
  );
}

interface ErrorAlertProps {
  readonly error: ApiError;
  readonly onRetry?: (() => void) | undefined;
}

/** A refusal, or another failure with a button that tries again. */
export function ErrorAlert({ error, onRetry }: ErrorAlertProps) {
  if (isRefused(error)) return <Refusal error={error} />;
  const action = onRetry && <Button onClick={onRetry}>Retry</Button>;
  return (
    <Alert type="error" header={error.code} action={action}>
      {errorText(error)}
    </Alert>
  );
}
