/** The kernel takes the programs of random plans, and decides every frame as the interpreter of BPF does. */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { joinByVeth, type Namespace, Namespaces } from '../../lab/namespaces.js';
import { ringFilter } from '../../src/io/ring/ring-filter.js';
import { compile } from '../../src/match/compile.js';
import { DIRECTIONS, type Direction } from '../../src/plan/mirror-plan.js';
import type { BpfInstruction } from '../../src/wire/bpf-instruction.js';
import { RingVerdicts } from '../fixtures/bpf/ring-verdicts.js';
import { runBpf } from '../fixtures/bpf/run-bpf.js';
import { type SeenFrame, seenBySocket } from '../fixtures/bpf/seen-by-socket.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { frameMix } from '../fixtures/live/traffic/frame-mix.js';
import { Sender } from '../fixtures/live/traffic/sender.js';
import { type RuleWords, sourcePlan } from '../fixtures/plans/builders.js';
import { sourcePlanArbitrary } from '../fixtures/plans/plan-arbitrary.js';

const PLANS = 30;
const SEED = 4;
const MTU = 2000;
/** So that the longest of the frames count as GSO frames. */
const LIMITS = { longestFrame: 1000 };
/** The kernel drops a frame that ends inside the tag that it would take out. */
const SHORTEST = 20;
/** packet(7). */
const PACKET_OTHERHOST = 3;
const PACKET_OUTGOING = 4;

delete process.env.NODE_OPTIONS;
const skip = skipUnless();

for (const direction of DIRECTIONS) {
  t.test(`${direction}: random plans`, { skip }, async (t) => {
    const plans = fc.sample(sourcePlanArbitrary, { numRuns: PLANS, seed: SEED });
    const programs = plans.map((plan) =>
      ringFilter(direction, compile(plan, direction).bpf(LIMITS).instructions),
    );
    await compareWithKernel(t, direction, programs);
  });
}

t.test('the longest program', { skip }, async (t) => {
  const rules = Array.from({ length: 440 }, (_, index): RuleWords => {
    return { protocol: 6, from: `10.${index % 9}.0.0/16`, to: `10.0.${index % 7}.0/24`, toPorts: `${index}` };
  });
  const { bpf } = compile(sourcePlan([{ rules: [...rules, { protocol: 17 }] }]), 'ingress');
  const { instructions, exact } = bpf();
  t.ok(exact && instructions.length > 4000, `${instructions.length} instructions`);
  await compareWithKernel(t, 'ingress', [ringFilter('ingress', instructions)]);
});

async function compareWithKernel(
  t: Test,
  direction: Direction,
  programs: readonly (readonly BpfInstruction[])[],
): Promise<void> {
  const namespace = buildDevices(t);
  const frames = frameMix({ seed: SEED, count: 100 }).filter(({ length }) => length >= SHORTEST);
  const verdicts = await RingVerdicts.open(namespace, { device: 'veth0', direction, programs });
  await new Sender(namespace).send(direction === 'ingress' ? 'veth1' : 'veth0', frames);
  const kept = await verdicts.read(frames.length);
  t.same(kept.at(-1), frames.map(hex), 'every frame passed the device');
  const seen = frames.map((frame) => seenBy(direction, frame));
  for (const [index, program] of programs.entries()) {
    const want = seen.flatMap((frame, at) => {
      const bytes = runBpf(program, frame.bytes, frame.metadata);
      return bytes === 0 ? [] : [hex(frames[at]!.subarray(0, bytes + frame.tagBytes))];
    });
    t.same(kept[index], want, `program ${index}: ${want.length} of ${frames.length} kept`);
  }
}

/** Both ends of a veth in one namespace, where nothing moves by itself. */
function buildDevices(t: Test): Namespace {
  const namespaces = new Namespaces();
  t.teardown(() => namespaces.close());
  const namespace = namespaces.add('filter');
  namespace.run('sh', '-c', 'for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $f; done');
  const end = (device: string) => ({ namespace, device, addresses: [], mtu: MTU });
  joinByVeth(end('veth0'), end('veth1'));
  return namespace;
}

/** On the way in the kernel has taken the outermost tag out, on the way out it has not. */
function seenBy(direction: Direction, frame: Uint8Array): SeenFrame {
  const views = seenBySocket(frame);
  const { metadata, ...rest } = direction === 'ingress' ? views.at(-1)! : views[0]!;
  const packetType = direction === 'ingress' ? PACKET_OTHERHOST : PACKET_OUTGOING;
  return { ...rest, metadata: { ...metadata, packetType } };
}

function hex(frame: Uint8Array): string {
  return Buffer.from(frame).toString('hex');
}
