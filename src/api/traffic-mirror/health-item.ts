/** The health that an account sees: the daemon's for the account of the file, for others that of their sessions. */
import type { AccountView } from './account-view.js';
import { sessionCondition } from './session-items.js';
import type { StatusHealth } from './shape.js';

/** Sessions that are told of one by one. */
const TOLD = 10;

export function healthItem(view: AccountView): StatusHealth {
  return view.reading.derive(`health ${view.accountId}`, () =>
    view.isHost ? hostHealth(view) : ownHealth(view),
  );
}

/** Without notes on sessions that the account does not see. */
function hostHealth(view: AccountView): StatusHealth {
  const { health, sessions } = view.reading.status;
  const hidden = new Set(
    sessions
      .filter(
        ({ sessionId, active }) => active === false && view.visible('sessions', sessionId) === undefined,
      )
      .map(({ sessionId, reason }) => `session ${sessionId} is inactive: ${reason}`),
  );
  return { ...health, notes: health.notes.filter((note) => !hidden.has(note)) };
}

function ownHealth(view: AccountView): StatusHealth {
  const own = view.lists.sessions.filter((entry) => view.owns(entry));
  const reasons: string[] = [];
  let inactive = 0;
  let problems = 0;
  for (const entry of own) {
    const { state, reason } = sessionCondition(view, entry);
    if (state === 'active') continue;
    problems += 1;
    if (state === 'inactive') inactive += 1;
    if (reasons.length < TOLD) {
      reasons.push(`session ${entry.resource.trafficMirrorSessionId} is ${state}: ${reason}`);
    }
  }
  if (problems > TOLD) reasons.push(`${problems - TOLD} more sessions are inactive or degraded`);
  const isFailing = own.length > 0 && inactive === own.length;
  return { state: isFailing ? 'failing' : problems > 0 ? 'degraded' : 'ok', reasons, notes: [] };
}
