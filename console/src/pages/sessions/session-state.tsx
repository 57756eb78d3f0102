/** The state of a session with its reason. */
import Box from '@cloudscape-design/components/box';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { StatusSession } from '../../../../src/api/traffic-mirror/shape.js';
import type { ApiError } from '../../aws/errors.js';
import { UNKNOWN } from '../../model/amounts.js';
import type { Session } from '../../model/session.js';
import { indicatorOf, STATE_WORDS } from '../../model/session-status.js';
import { errorText } from '../../parts/error-text.js';

/** The state of a session, as GetStatus has it or, without that, as the list has it. */
export type SessionState = Pick<StatusSession, 'state' | 'cause' | 'reason'>;

/** The state that is known of a session. */
export function stateOf(session: Session, status: SessionState | undefined): SessionState | undefined {
  return status ?? session.activity;
}

/** The state as text: `Inactive: no route to the target`. */
export function stateText(state: SessionState | undefined): string {
  if (state === undefined) return UNKNOWN;
  const word = STATE_WORDS[state.state];
  return state.reason === '' ? word : `${word}: ${state.reason}`;
}

/** The state as an indicator, the reason below it. */
export function StateIndicator({ state }: { readonly state: SessionState | undefined }) {
  if (state === undefined) return UNKNOWN;
  return (
    <>
      <StatusIndicator type={indicatorOf(state)}>{STATE_WORDS[state.state]}</StatusIndicator>
      {state.reason !== '' && (
        <Box variant="small" display="block">
          {state.reason}
        </Box>
      )}
    </>
  );
}

/** One notice for all columns that GetStatus would have filled. */
export function StatusNotice({ error }: { readonly error: ApiError | undefined }) {
  if (error === undefined) return null;
  return <StatusIndicator type="warning">Status and rates are not shown. {errorText(error)}</StatusIndicator>;
}
