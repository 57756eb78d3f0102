/** Decode, match and encapsulate as the mirror runs them: a byte of garbage a frame would be megabytes a second. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import t from 'tap';
import { MemorySource } from '../../src/capture/memory.js';
import { buildMirror, layOutCounters } from '../../src/mirror/lane.js';
import { MemorySink } from '../../src/transmit/memory.js';
import { arbitraryFrame } from '../fixtures/frames/arbitrary.js';
import { arbitraryMutatedFrame } from '../fixtures/frames/mutated.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

const FRAMES = 1000;
const FRAMES_PER_ATTEMPT = 2_000_000;
const ATTEMPTS = 5;
/** A single heap number in a thousand frames would be 16. */
const MAXIMUM_BYTES_PER_THOUSAND_FRAMES = 8;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

t.test('a frame leaves nothing behind', async (t) => {
  const plan = sourcePlan(
    [
      {
        rules: [
          { protocol: 6, toPorts: '80-90', reject: true },
          { protocol: 6, to: '128.0.0.0/1' },
        ],
      },
      { amazonDns: true, rules: [{ from: '2001:db8::/33' }, { protocol: 17, fromPorts: '1000-2000' }] },
      { rules: [{}, { to: '::/0' }] },
    ],
    { unmirrored: ['arp', 'dhcp', 'instance-metadata', 'ntp', 'windows-activation'] },
  );
  const details = [
    { packetLength: 64, targetAddresses: ['10.9.0.2'] },
    { packetLength: 8500, targetAddresses: ['10.9.0.2', '10.9.0.3', '10.9.0.4'] },
    { targetAddresses: ['10.9.0.5'] },
  ];
  const sessions = plan.sessions.map((session, index) => ({ ...session, ...details[index] }));
  const lane = { source: { ...plan, sessions }, direction: 'ingress' } as const;
  const { counters, bases } = layOutCounters([lane]);
  let sum = 0;
  const sink = new MemorySink(
    counters,
    (bytes, offset, length) => {
      sum = (sum + bytes[offset + 21]! + length) | 0;
    },
    100,
  );
  const mirror = buildMirror(lane, '10.1.0.1', counters, bases[0]!, () => sink);
  const seeded = { numRuns: FRAMES / 2, seed: 1 };
  const source = new MemorySource(
    [...fc.sample(arbitraryFrame, seeded), ...fc.sample(arbitraryMutatedFrame, seeded)],
    true,
  );

  source.pull(mirror, FRAMES_PER_ATTEMPT);
  // The least of a few: V8 itself allocates now and then while it optimises.
  let least = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    source.pull(mirror, FRAMES_PER_ATTEMPT);
    const grown = Math.abs(process.memoryUsage().heapUsed - before);
    least = Math.min(least, grown / (FRAMES_PER_ATTEMPT / 1000));
  }
  t.ok(least < MAXIMUM_BYTES_PER_THOUSAND_FRAMES, `${least} bytes in a thousand frames`);
  t.type(sum, 'number');
  for (const [index, { sessionId, base }] of bases[0]!.sessions.entries()) {
    t.ok(counters.values[base]! > FRAMES, `session ${index} ${sessionId} had its share`);
  }
});
