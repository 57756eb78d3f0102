/** What is wrong, at the top of the overview. */
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { StatusDocument, StatusSession } from '../../../../src/api/traffic-mirror/shape.js';
import { KINDS } from '../../model/kinds.js';

/** So many sessions are listed; the list of sessions has the others. */
const MAXIMUM_SESSIONS = 10;

/** Reasons of the health, and sessions that do not mirror. */
export function Problems({ status: { health, sessions = [] } }: { readonly status: StatusDocument }) {
  const troubled = sessions.filter(({ state, cause }) => state !== 'active' && cause !== 'starting');
  if (health.reasons.length === 0 && troubled.length === 0) {
    return (
      <SpaceBetween size="xs">
        <StatusIndicator type="success">No problems</StatusIndicator>
        <Notes notes={health.notes} />
      </SpaceBetween>
    );
  }
  return (
    <SpaceBetween size="xs">
      {health.reasons.length > 0 && (
        <Alert
          type={health.state === 'failing' ? 'error' : 'warning'}
          header={health.state === 'failing' ? 'Failing' : 'Degraded'}
        >
          <ul>
            {health.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </Alert>
      )}
      {troubled.length > 0 && <TroubledSessions sessions={troubled} />}
      <Notes notes={health.notes} />
    </SpaceBetween>
  );
}

function TroubledSessions({ sessions }: { readonly sessions: readonly StatusSession[] }) {
  const left = sessions.length - MAXIMUM_SESSIONS;
  const count = sessions.length.toLocaleString('en');
  return (
    <Alert
      type="warning"
      header={
        sessions.length === 1
          ? '1 session does not mirror as it should'
          : `${count} sessions do not mirror as they should`
      }
    >
      <ul>
        {sessions.slice(0, MAXIMUM_SESSIONS).map(({ sessionId, state, reason }) => (
          <li key={sessionId}>
            <Link href={`${KINDS.session.hrefOf(sessionId)}?tab=live`}>{sessionId}</Link>{' '}
            {reason === '' ? state : `${state}: ${reason}`}
          </li>
        ))}
      </ul>
      {left > 0 && <Link href={KINDS.session.listHref}>{`See the other ${left.toLocaleString('en')}`}</Link>}
    </Alert>
  );
}

function Notes({ notes }: { readonly notes: readonly string[] }) {
  return notes.map((note) => (
    <Box key={note} color="text-body-secondary">
      {note}
    </Box>
  ));
}
