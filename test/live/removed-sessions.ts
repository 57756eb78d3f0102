/** Sessions and sources that a reload takes out keep their counts and names; and a failed reload is told in front. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import type { LaneCounts } from '../../src/counters/snapshot.js';
import { checkSums, readSum, sessionSum } from '../fixtures/live/daemon/accounts.js';
import { trafficMirror } from '../fixtures/live/daemon/command.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { reload } from '../fixtures/live/daemon/reloading.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { Load } from '../fixtures/live/traffic/load.js';

t.test('names of what is no more', { skip: skipUnless('nft') }, async (t) => {
  const stand = buildStand(t, { silentTarget: true });
  const first = mirrorEverything('veth0', 5) as { trafficMirrorSessions: object[] };
  const file = stand.configure(first);
  const text = (): string => trafficMirror('status', '--config', file).stdout;
  const daemon = await stand.start(file);
  const { sent } = await new Load(stand, 1, 1000).end();
  await daemon.until('all counted', (status) => sessionSum(status, 'matched') >= sent);

  const [session] = first.trafficMirrorSessions;
  stand.configure({
    ...first,
    trafficMirrorSessions: [{ ...session, trafficMirrorSessionId: 'tms-next', virtualNetworkId: 6 }],
  });
  const renamed = await reload(daemon);
  const removed = renamed.lanes.flatMap(({ sessions }) =>
    sessions.filter(({ sessionId }) => sessionId === ''),
  );
  t.match(removed, [{ removedSessionIds: ['tms-everything'] }, { removedSessionIds: ['tms-everything'] }]);
  t.equal(
    removed.reduce((sum, { matched }) => sum + matched.packets, 0),
    sent,
    'with their counts',
  );
  t.match(text(), /^ {4}deleted sessions \(tms-everything\): matched \d+ = mirrored \d+ /m);
  checkSums(t, renamed, 'after the session was taken out');

  stand.configure({ ...first, trafficMirrorSessions: [] });
  const without = await reload(daemon);
  t.strictSame(without.lanes, []);
  const { removedLanes } = without;
  t.equal(readSum({ lanes: removedLanes }), readSum(renamed), 'what was read is still told');
  t.equal(sessionSum({ lanes: removedLanes }, 'matched'), sent);
  checkSums(t, { lanes: removedLanes }, 'of lanes that were taken out');
  t.match(text(), /^eni-source ingress: not mirrored any more$/m);

  writeFileSync(file, readFileSync(file, 'utf8').replace('{', '{ "log": { "level": "loud" },'));
  await reload(daemon);
  t.match(
    text().split('\n')[1],
    /^reload failed at \d{4}-\S+Z, the configuration before goes on: .*log\.level: /,
  );
  appendFileSync(file, '}}}');
  await reload(daemon);
  t.match(text().split('\n')[1], /^reload failed at .*not valid JSON: /, 'whatever the file is like');

  t.equal(await daemon.stop(), 0, 'exit code');
  const final = finalCounts(daemon.log());
  t.equal(sessionSum({ lanes: final }, 'matched'), sent, 'the final counts have them');
  t.match(final[0]?.sessions.at(-1)?.removedSessionIds, ['tms-everything', 'tms-next']);
});

function finalCounts(log: string): LaneCounts[] {
  return log
    .split('\n')
    .filter((line) => line.includes('"final counts"'))
    .map((line) => (JSON.parse(line) as { lane: LaneCounts }).lane);
}
