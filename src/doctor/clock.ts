/** The clock: it names the time of captures and log lines, and clients of the control API sign with theirs. */
import { type Facts, runningDaemon } from './facts.js';
import { type Finding, finding } from './finding.js';

/** Of file systems that other hosts write to, and of builds. */
const TOLERANCE_MS = 60_000;
/** A clock that is kept right moves less than that. */
const STEP_MS = 5000;
const MEND = 'timedatectl set-ntp true # or chronyc makestep, or date -s; then timedatectl shows it';

/** Reports `clock-behind`, `clock-stepped` and `clock-unsynchronized`: one of them. */
export function checkClock(facts: Facts): Finding[] {
  const { nowMs, isSynchronized, configurationMs, programMs } = facts.clock;
  const newest = [
    { what: 'the configuration', ms: configurationMs ?? 0 },
    { what: 'this program', ms: programMs ?? 0 },
  ].toSorted((a, b) => b.ms - a.ms)[0];
  if (newest !== undefined && newest.ms > nowMs + TOLERANCE_MS) {
    const text = `the clock says ${timeOf(nowMs)}, and ${newest.what} was written at ${timeOf(newest.ms)}: it is behind`;
    return [finding('warning', 'clock-behind', 'clock', text, MEND)];
  }
  const step = steppedMs(facts);
  if (Math.abs(step) > STEP_MS) {
    const seconds = Math.round(Math.abs(step) / 1000);
    const text = `the clock was set ${step > 0 ? 'forward' : 'back'} by ${seconds} s while the daemon ran: times in captures and logs jump there, and requests to the control API that are signed by another clock are refused`;
    return [finding('warning', 'clock-stepped', 'clock', text, MEND)];
  }
  if (isSynchronized !== false) return [];
  const text = 'nothing keeps the clock of this host right (adjtimex: not synchronized)';
  return [finding('hint', 'clock-unsynchronized', 'clock', text, MEND)];
}

/** How far the time of day went otherwise than the time that passed, since the daemon started. */
function steppedMs(facts: Facts): number {
  const status = runningDaemon(facts)?.status;
  if (status === undefined) return 0;
  const expectedMs = Date.parse(status.startedAt) + status.uptimeSeconds * 1000;
  return Number.isNaN(expectedMs) ? 0 : facts.clock.nowMs - expectedMs;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, '');
}
