/** Decode, match and encapsulate as the mirror runs them: a byte of garbage a frame would be megabytes a second. */
import fc from 'fast-check';
import t from 'tap';
import { layOutCounters } from '../../src/counters/lane-bases.js';
import { buildOuterHeader } from '../../src/encapsulate/build-outer-header.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import { MemorySink, MemorySource } from '../../src/io/memory.js';
import { compile } from '../../src/match/compile.js';
import { buildMirror } from '../../src/mirror/build-mirror.js';
import { arbitraryFrame } from '../fixtures/frames/arbitrary.js';
import { arbitraryMutatedFrame } from '../fixtures/frames/mutated.js';
import { fewestBytesLeft } from '../fixtures/memory/allocation.js';
import { CUT, sourcePlan } from '../fixtures/plans/builders.js';

const FRAMES = 1000;
const FRAMES_PULLED = 2_000_000;
/** A single heap number in a thousand frames would be 16. */
const MAXIMUM_BYTES_PER_THOUSAND_FRAMES = 8;

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
    buildOuterHeader(VXLAN, '10.1.0.1', '10.9.0.2', CUT),
    100,
  );
  const mirror = buildMirror(lane, compile(lane.source, lane.direction), counters, bases[0]!, () => sink);
  const seeded = { numRuns: FRAMES / 2, seed: 1 };
  const source = new MemorySource(
    [...fc.sample(arbitraryFrame, seeded), ...fc.sample(arbitraryMutatedFrame, seeded)],
    true,
  );

  const limit = MAXIMUM_BYTES_PER_THOUSAND_FRAMES * (FRAMES_PULLED / 1000);
  const least = fewestBytesLeft(limit, () => source.pull(mirror, FRAMES_PULLED));
  t.ok(least < limit, `${least} bytes after ${FRAMES_PULLED} frames`);
  t.type(sum, 'number');
  for (const [index, { sessionId, base }] of bases[0]!.sessions.entries()) {
    t.ok(counters.values[base]! > FRAMES, `session ${index} ${sessionId} had its share`);
  }
});
