/** docs/semantics.md explains every name that `status --json` may hold. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { Counters } from '../../src/counters/counters.js';
import { LANE_LENGTH, SESSION_LENGTH } from '../../src/counters/layout.js';
import { SKIP_REASONS } from '../../src/counters/skip-reason.js';
import { readLane } from '../../src/counters/snapshot.js';
import { UNMIRRORED_TYPES } from '../../src/plan/mirror-plan.js';
import { INACTIVE_CAUSES } from '../../src/plan/session-activity.js';
import { fromRoot } from '../fixtures/root.js';

const page = readFileSync(fromRoot('docs/semantics.md'), 'utf8');

/** Names in the first cells of the tables under a heading. */
function namesUnder(heading: string): string[] {
  const section = page.slice(page.indexOf(`# ${heading}\n`)).split(/\n##+ /)[0] ?? '';
  const cells = section.split('\n').flatMap((line) => /^\| (`.*?) \|/.exec(line)?.[1] ?? []);
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w[\w-]*)(?:\[\])?`/g)].map(([, name]) => name ?? ''));
}

t.test('every reason, and no other', async (t) => {
  t.same(namesUnder('Why a copy is skipped'), [...SKIP_REASONS]);
});

t.test('every cause of an inactive session', async (t) => {
  t.same(namesUnder('Active and inactive sessions').sort(), [...INACTIVE_CAUSES].sort());
});

t.test('every type of unmirrored traffic', async (t) => {
  t.same(namesUnder('Types that are never mirrored'), [...UNMIRRORED_TYPES]);
});

t.test('every counter', async (t) => {
  const { values } = new Counters(LANE_LENGTH + SESSION_LENGTH);
  const sessions = [{ sessionId: 'tms-1', base: LANE_LENGTH, outcomes: [], outcomesBase: 0 }];
  const lane = readLane(values, {
    sourceId: 'eni-1',
    direction: 'ingress',
    base: 0,
    outcomesBase: 0,
    sessions,
  });
  const names = namesUnder('Counters');
  for (const name of [...Object.keys(lane), ...Object.keys(lane.sessions[0] ?? {})])
    t.ok(names.includes(name), name);
});
