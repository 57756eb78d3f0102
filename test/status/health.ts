/** Health is never ok while a source is not captured or a target is not reachable. */
import t from 'tap';
import { type HealthInput, healthOf } from '../../src/status/health.js';
import { laneStatus } from '../fixtures/status/status.js';

const engine = { pid: 7, beatAgeMs: 300 };
const reachable = { address: '10.9.0.2', state: 'reachable', reason: '' };
const lost = { address: '10.9.0.3', state: 'unreachable', reason: 'no route' };
const refusing = { address: '10.9.0.4', state: 'suspect', reason: 'refused' };
const capturing = laneStatus('ingress');
const waiting = laneStatus('egress', { state: 'waiting', reason: 'device eth0 is down' });
const well: HealthInput = { engines: [engine], lanes: [capturing], targets: [reachable] };

t.test('health', async (t) => {
  const rows: readonly { name: string; input: Partial<HealthInput>; want: [string, ...string[]] }[] = [
    { name: 'all is well', input: {}, want: ['ok'] },
    { name: 'nothing to do', input: { engines: [], lanes: [], targets: [] }, want: ['ok'] },
    {
      name: 'one direction of two is blind',
      input: { lanes: [capturing, waiting] },
      want: ['failing', 'source eni-web egress: device eth0 is down'],
    },
    {
      name: 'no engine',
      input: { engines: [{ pid: null, beatAgeMs: 0 }] },
      want: ['failing', 'an engine is not running'],
    },
    {
      name: 'an engine that stands still',
      input: { engines: [engine, { pid: 8, beatAgeMs: 2200 }] },
      want: ['failing', 'engine 8 has stood still for 2 s'],
    },
    {
      name: 'an engine between two reports',
      input: { engines: [{ pid: 8, beatAgeMs: 1900 }] },
      want: ['ok'],
    },
    {
      name: 'one target of two is lost',
      input: { targets: [reachable, lost] },
      want: ['degraded', 'target 10.9.0.3 unreachable: no route'],
    },
    {
      name: 'all targets are lost',
      input: { targets: [lost] },
      want: ['failing', 'target 10.9.0.3 unreachable: no route'],
    },
    {
      name: 'copies leave, and are not taken',
      input: { targets: [refusing] },
      want: ['degraded', 'target 10.9.0.4 suspect: refused'],
    },
    {
      name: 'a source that is mirrored in part',
      input: { troubles: ['source eni-web: 2.0 % of its copies were cut'] },
      want: ['degraded', 'source eni-web: 2.0 % of its copies were cut'],
    },
    {
      name: 'blind and lost',
      input: { lanes: [waiting], targets: [reachable, lost] },
      want: [
        'failing',
        'source eni-web egress: device eth0 is down',
        'target 10.9.0.3 unreachable: no route',
      ],
    },
  ];
  for (const { name, input, want } of rows) {
    const [state, ...reasons] = want;
    t.strictSame(healthOf({ ...well, ...input }), { state, reasons, notes: [] }, name);
  }
});

t.test(
  'matches of selectors that come and go are notes, and what else keeps them from capture is not',
  async (t) => {
    const match = (reason: string, direction: 'ingress' | 'egress' = 'ingress') =>
      laneStatus(direction, { sourceId: 'eni-pod', selectorId: 'pods', state: 'waiting', reason });
    for (const reason of [
      'starting',
      'worker 2: starting',
      'device veth1 does not exist',
      'network namespace /run/netns/pod does not exist',
    ]) {
      const notes = [`source eni-pod ingress: ${reason}`];
      t.strictSame(healthOf({ ...well, lanes: [capturing, match(reason)] }), {
        state: 'ok',
        reasons: [],
        notes,
      });
      t.strictSame(healthOf({ ...well, lanes: [match(reason)] }), { state: 'ok', reasons: [], notes });
    }
    const down = 'device veth1 is down';
    t.strictSame(healthOf({ ...well, lanes: [capturing, match(down)] }), {
      state: 'failing',
      reasons: [`source eni-pod ingress: ${down}`],
      notes: [],
    });
  },
);

t.test('notes', async (t) => {
  const notes = ['source eni-web: 3.0 % of its copies gave way to other traffic (priority)'];
  t.strictSame(healthOf({ ...well, notes }), { state: 'ok', reasons: [], notes }, 'leave the state as it is');
});
