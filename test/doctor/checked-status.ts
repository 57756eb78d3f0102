/** A status is used only when its numbers and names may stand in paths and commands. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { oddMember } from '../../src/doctor/checked-status.js';
import { checkDaemon } from '../../src/doctor/daemon.js';
import { askDaemon } from '../../src/doctor/gather-daemon.js';
import type { Status } from '../../src/status/status.js';
import { statusSocketPath } from '../../src/status/status-server.js';
import { factsOf, wellStatus } from '../fixtures/doctor/facts.js';
import { laneStatus, statusOf } from '../fixtures/status/status.js';

const EVIL = '1; touch /tmp/pasted #';
const [engine] = statusOf().engines;
const [session] = statusOf().sessions;
const [target] = statusOf().targets;

type Row = readonly [member: string, status: object];

const ROWS: readonly Row[] = [
  ['pid', { pid: EVIL }],
  ['pid', { pid: '../tmp/x' }],
  ['pid', { pid: 0 }],
  ['pid', { pid: -1 }],
  ['pid', { pid: 1.5 }],
  ['pid', { pid: 2 ** 40 }],
  ['configurationFile', { configurationFile: 'a\nb' }],
  ['configurationFile', { configurationFile: `/${'a'.repeat(5000)}` }],
  ['engines.0.pid', { engines: [{ ...engine, pid: EVIL }] }],
  ['lanes.0.device', { lanes: [{ ...laneStatus('ingress'), device: 'a name that no device has' }] }],
  ['lanes.0.netns', { lanes: [{ ...laneStatus('ingress'), netns: 'relative' }] }],
  ['lanes.0.sourceId', { lanes: [{ ...laneStatus('ingress'), sourceId: 'x'.repeat(300) }] }],
  ['lanes.0.sessions', { lanes: [{ ...laneStatus('ingress'), sessions: null }] }],
  ['sessions.0.targetAddresses.1', { sessions: [{ ...session, targetAddresses: ['10.9.0.2', EVIL] }] }],
  ['sessions.0.targetAddresses.0', { sessions: [{ ...session, targetAddresses: [`fe80::1%${EVIL}`] }] }],
  ['sessions.0.targetId', { sessions: [{ ...session, targetId: 7 }] }],
  ['targets.0.address', { targets: [{ ...target, address: EVIL }] }],
  ['targets.0.device', { targets: [{ ...target, device: 'a/b' }] }],
  ['sources', { sources: undefined }],
  ['reload.problems.0', { reload: { ...statusOf().reload, problems: [{}] } }],
];

t.test('a status of this version, with something in every part of it', async (t) => {
  t.equal(oddMember(statusOf()), undefined);
  t.equal(oddMember(wellStatus()), undefined);
  t.equal(oddMember(statusOf({ engines: [{ ...engine!, pid: null }] })), undefined, 'no engine');
  t.equal(oddMember(statusOf({ targets: [{ ...target!, device: '' }] })), undefined, 'no route');
});

t.test('a status of an older version, which does not tell all', async (t) => {
  const { targetAddresses, ...older } = session!;
  const sources = statusOf().sources.map(({ ringWantedBytes, ringBytes, ...rest }) => rest);
  t.equal(oddMember({ ...statusOf(), sessions: [older], sources } as unknown as Status), undefined);
});

for (const [member, rest] of ROWS) {
  t.test(`${member} in ${JSON.stringify(rest).slice(0, 60)}`, async (t) => {
    t.equal(oddMember({ ...statusOf(), ...rest } as Status), member);
  });
}

t.test('what is no object', async (t) => {
  for (const status of [null, 7, 'x', []]) t.equal(oddMember(status as unknown as Status), 'all of it');
});

t.test('what answers with such a status is told, and nothing of it is used', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'tm-odd-'));
  const server = createServer((_, response) =>
    response.end(JSON.stringify(statusOf({ pid: EVIL as never }))),
  );
  t.teardown(() => {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  await new Promise<void>((resolve) => server.listen(statusSocketPath(directory), resolve));
  const daemon = await askDaemon(directory);
  t.same(daemon, { kind: 'odd', socket: statusSocketPath(directory), member: 'pid' });
  if ('status' in daemon) return;
  const [found, ...others] = checkDaemon(factsOf({ daemon }));
  t.match(found, { severity: 'warning', code: 'daemon-not-understood', text: /\(pid\)/, remedy: /^ss -xlp/ });
  t.same(others, []);
  t.notMatch(JSON.stringify(found), 'pasted');
});
