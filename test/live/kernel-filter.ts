/** The kernel takes the programs of random plans, and decides every frame as the interpreter of BPF does. */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { joinByVeth, type Namespace, Namespaces } from '../../lab/namespaces.js';
import { emitRingFilter, KEEP_ALL, ringFilter, shareProgram } from '../../src/io/ring/ring-filter.js';
import { compile } from '../../src/match/compile.js';
import { DIRECTIONS, type Direction } from '../../src/plan/mirror-plan.js';
import { type BpfInstruction, MAXIMUM_INSTRUCTIONS } from '../../src/wire/bpf-instruction.js';
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

for (const directions of [['ingress'], ['egress'], ['ingress', 'egress']] as const) {
  t.test(`${directions.join(' and ')}: random plans`, { skip }, async (t) => {
    const plans = fc.sample(sourcePlanArbitrary, { numRuns: PLANS, seed: SEED });
    const programs = plans.map((plan) => {
      const filters = directions.map((direction) => [
        direction,
        compile(plan, direction).bpf(LIMITS).instructions,
      ]);
      return ringFilter(Object.fromEntries(filters));
    });
    await compareWithKernel(t, programs);
  });
}

t.test('the shares of workers', { skip }, async (t) => {
  const both = { ingress: KEEP_ALL, egress: KEEP_ALL };
  const shares = [0, 1, 2].map((index) => ringFilter(both, shareProgram({ index, of: 3 })));
  await compareWithKernel(t, shares);
});

t.test('the longest program', { skip }, async (t) => {
  const { bpf } = compile(sourcePlan([{ rules: [...ports(440), { protocol: 17 }] }]), 'ingress');
  const { instructions, exact } = bpf();
  t.ok(exact && instructions.length > 4000, `${instructions.length} instructions`);
  await compareWithKernel(t, [ringFilter({ ingress: instructions })]);
});

t.test(
  'the longest program of both directions: the second begins farther than a condition reaches',
  {
    skip,
  },
  async (t) => {
    const plan = sourcePlan([
      { rules: [...ports(200), { protocol: 17 }], egress: [...ports(230), { protocol: 1 }] },
    ]);
    const emitOf = (direction: Direction) => (maximumInstructions: number) =>
      compile(plan, direction).bpf({ maximumInstructions }).instructions;
    const filters = { ingress: emitOf('ingress'), egress: emitOf('egress') };
    const program = emitRingFilter(filters, MAXIMUM_INSTRUCTIONS);
    t.ok(program.length > 3600, `${program.length} instructions`);
    await compareWithKernel(t, [program]);
  },
);

function ports(count: number): RuleWords[] {
  return Array.from({ length: count }, (_, index) => ({
    protocol: 6,
    from: `10.${index % 9}.0.0/16`,
    to: `10.0.${index % 7}.0/24`,
    toPorts: `${index}`,
  }));
}

/** Has the device receive frames and send them, and looks which of them the kernel lets into a ring. */
async function compareWithKernel(t: Test, programs: readonly (readonly BpfInstruction[])[]): Promise<void> {
  const namespace = buildDevices(t);
  const frames = frameMix({ seed: SEED, count: 100 }).filter(({ length }) => length >= SHORTEST);
  const passing = DIRECTIONS.flatMap((direction) => frames.map((bytes) => ({ bytes, direction })));
  const verdicts = await RingVerdicts.open(namespace, { device: 'veth0', programs });
  const sender = new Sender(namespace);
  await sender.send('veth1', frames);
  await sender.send('veth0', frames);
  const kept = await verdicts.read(passing.length);
  t.same(
    kept.at(-1),
    passing.map(({ bytes }) => hex(bytes)),
    'every frame passed the device, in this order',
  );
  for (const [index, program] of programs.entries()) {
    const want = passing.flatMap(({ bytes: frame, direction }) => {
      const { bytes, metadata, tagBytes } = seenBy(direction, frame);
      const length = runBpf(program, bytes, metadata);
      return length === 0 ? [] : [hex(frame.subarray(0, length + tagBytes))];
    });
    t.same(kept[index], want, `program ${index}: ${want.length} of ${passing.length} kept`);
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
