/** What probes are told: whether loops turn, and whether sources are captured. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { isAbsence, linkProblem } from '../../src/io/lane-condition.js';
import { openNamespace } from '../../src/linux/network-namespace.js';
import { liveness, type ProbeAnswer, readiness } from '../../src/status/probes.js';
import type { LaneStatus } from '../../src/status/status.js';
import { readProbe, serveStatus } from '../../src/status/status-server.js';
import { laneStatus, statusOf } from '../fixtures/status/status.js';

const [ENGINE] = statusOf().engines;
const still = { ...ENGINE!, beatAgeMs: 3000 };
const gone = { ...ENGINE!, pid: null };
const yes: ProbeAnswer = { ok: true, reasons: [], notes: [] };
const no = (...reasons: string[]): ProbeAnswer => ({ ok: false, reasons, notes: [] });

function waiting(sourceId: string, reason: string): LaneStatus {
  return laneStatus('ingress', { sourceId, state: 'waiting', reason });
}

t.test('live', async (t) => {
  const rows = [
    { name: 'all is well', input: { loopDelayMs: 1, engines: [ENGINE!] }, want: yes },
    { name: 'no engine is needed', input: { loopDelayMs: 1, engines: [] }, want: yes },
    {
      name: 'the daemon is late',
      input: { loopDelayMs: 2500.4, engines: [ENGINE!] },
      want: no('the daemon is 2500 ms late'),
    },
    {
      name: 'engines',
      input: { loopDelayMs: 1, engines: [still, gone] },
      want: no('engine 4712 has stood still for 3 s', 'an engine is not running'),
    },
  ];
  for (const { name, input, want } of rows) t.strictSame(liveness(input), want, name);
});

t.test('ready', async (t) => {
  const engines = [ENGINE!];
  const capturing = laneStatus('ingress');
  const missing = waiting('eni-b', 'device veth9 does not exist');
  const note = 'source eni-b ingress: device veth9 does not exist';
  const rows = [
    { name: 'no source', input: { engines: [], lanes: [] }, want: yes },
    { name: 'all are captured', input: { engines, lanes: [capturing] }, want: yes },
    {
      name: 'one waits for its device',
      input: { engines, lanes: [capturing, missing] },
      want: { ok: true, reasons: [], notes: [note] },
    },
    { name: 'all wait for their devices', input: { engines, lanes: [missing] }, want: no(note) },
    {
      name: 'one is down',
      input: { engines, lanes: [capturing, missing, waiting('eni-c', 'device eth1 is down')] },
      want: { ok: false, reasons: ['source eni-c ingress: device eth1 is down'], notes: [note] },
    },
    {
      name: 'not yet opened',
      input: { engines, lanes: [capturing, waiting('eni-c', 'starting')] },
      want: no('source eni-c ingress: starting'),
    },
    {
      name: 'a match of a selector comes, and another goes',
      input: {
        engines,
        lanes: [
          { ...waiting('eni-d', 'worker 1: starting'), selectorId: 'pods' },
          { ...missing, selectorId: 'pods' },
        ],
      },
      want: { ok: true, reasons: [], notes: ['source eni-d ingress: worker 1: starting', note] },
    },
    {
      name: 'an engine is not there',
      input: { engines: [gone], lanes: [waiting('eni-c', 'engine ended')] },
      want: no('an engine is not running', 'source eni-c ingress: engine ended'),
    },
  ];
  for (const { name, input, want } of rows) t.strictSame(readiness(input), want, name);
});

t.test('which reasons say that a device is not there', async (t) => {
  const link = { index: 7, name: 'veth0', ethernet: true, up: false, carrier: false, mtu: 1500 };
  const namespaceReason = (path: string): string => {
    try {
      openNamespace(path);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const directory = mkdtempSync(join(tmpdir(), 'tm-probes-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'file');
  writeFileSync(file, '');
  const absent = linkProblem('veth0', undefined, undefined) ?? '';
  for (const reason of [
    absent,
    `worker 2: ${absent}`,
    linkProblem('eth0', '/run/netns/web', undefined) ?? '',
    namespaceReason(join(directory, 'nowhere')),
  ]) {
    t.ok(isAbsence(reason), reason);
  }
  for (const reason of [
    linkProblem('veth0', undefined, link) ?? '',
    linkProblem('veth0', undefined, { ...link, ethernet: false }) ?? '',
    namespaceReason(file),
    'network namespace /x cannot be opened: EACCES',
    'starting',
    '',
  ]) {
    t.notOk(isAbsence(reason), reason);
  }
});

t.test('on the status socket', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'tm-probes-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const lanes = [waiting('eni-a', 'device eth0 is down')];
  const server = await serveStatus(directory, () => statusOf({ lanes }));
  t.teardown(() => server.close());
  t.strictSame(await readProbe(directory, 'live'), yes);
  t.strictSame(await readProbe(directory, 'ready'), no('source eni-a ingress: device eth0 is down'));
});
