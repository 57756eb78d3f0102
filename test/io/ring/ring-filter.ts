import assert from 'node:assert/strict';
import { constants } from 'node:os';
import fc from 'fast-check';
import t from 'tap';
import {
  emitRingFilter,
  KEEP_ALL,
  ringFilter,
  setRingFilter,
  shareProgram,
} from '../../../src/io/ring/ring-filter.js';
import { LinuxError } from '../../../src/linux/errors.js';
import { SOCKET_MARK } from '../../../src/linux/sending-sockets.js';
import { compile } from '../../../src/match/compile.js';
import { DIRECTIONS, type Direction } from '../../../src/plan/mirror-plan.js';
import { JA, RET_K } from '../../../src/wire/bpf-instruction.js';
import { checkBpf } from '../../fixtures/bpf/check-bpf.js';
import { runBpf } from '../../fixtures/bpf/run-bpf.js';
import { seenBySocket } from '../../fixtures/bpf/seen-by-socket.js';
import { arbitraryFrame } from '../../fixtures/frames/arbitrary.js';
import { ipv4 } from '../../fixtures/frames/ip.js';
import { frame } from '../../fixtures/frames/layer.js';
import { ethernet } from '../../fixtures/frames/link.js';
import { arbitraryMutatedFrame } from '../../fixtures/frames/mutated.js';
import { tcp, udp } from '../../fixtures/frames/transport.js';
import { sourcePlan } from '../../fixtures/plans/builders.js';
import { sourcePlanArbitrary } from '../../fixtures/plans/plan-arbitrary.js';

const WHOLE = 0xffffffff;
const TO_HOST = 0;
const BROADCAST = 1;
const OUTGOING = 4;

const web = frame(ethernet(), ipv4(), tcp({ destinationPort: 80 }));
const dns = frame(ethernet(), ipv4(), udp({ destinationPort: 53 }));

t.test('what belongs to a direction', async (t) => {
  const ingress = ringFilter({ ingress: KEEP_ALL });
  const egress = ringFilter({ egress: KEEP_ALL });
  const both = ringFilter({ ingress: KEEP_ALL, egress: KEEP_ALL });
  const rows = [
    { name: 'to the host', metadata: { packetType: TO_HOST }, want: [WHOLE, 0, WHOLE] },
    { name: 'broadcast', metadata: { packetType: BROADCAST }, want: [WHOLE, 0, WHOLE] },
    { name: 'sent', metadata: { packetType: OUTGOING }, want: [0, WHOLE, WHOLE] },
    { name: 'sent by the engine', metadata: { packetType: OUTGOING, mark: SOCKET_MARK }, want: [0, 0, 0] },
    { name: 'from the engine', metadata: { packetType: TO_HOST, mark: SOCKET_MARK }, want: [0, 0, 0] },
    {
      name: 'of another mark',
      metadata: { packetType: OUTGOING, mark: SOCKET_MARK + 1 },
      want: [0, WHOLE, WHOLE],
    },
  ];
  for (const { name, metadata, want } of rows) {
    t.same(
      [ingress, egress, both].map((program) => runBpf(program, dns, metadata)),
      want,
      name,
    );
    t.equal(runBpf(ringFilter({}), dns, metadata), 0, `${name}: nothing is wanted`);
  }
});

t.test('and to this worker', async (t) => {
  const both = { ingress: KEEP_ALL, egress: KEEP_ALL };
  const shares = [0, 1].map((index) => shareProgram({ index, of: 2 }));
  const programs = shares.map((share) => ringFilter(both, share));
  for (const program of programs) checkBpf(program);
  const frames = Array.from({ length: 64 }, (_, sourcePort) =>
    frame(ethernet(), ipv4(), udp({ sourcePort })),
  );
  const kept = programs.map((program) =>
    [TO_HOST, OUTGOING].map((packetType) => frames.map((bytes) => runBpf(program, bytes, { packetType }))),
  );
  t.same(kept[0]![0], kept[0]![1], 'the same of both directions');
  t.same(
    kept[0]![0],
    kept[1]![0]!.map((bytes) => WHOLE - bytes),
    'what one keeps the other drops',
  );
  t.ok(new Set(kept[0]![0]).size === 2, 'some each');
  t.equal(runBpf(programs[0]!, frames[0]!, { mark: SOCKET_MARK }), 0);
  t.same(ringFilter(both, shareProgram(undefined)), ringFilter(both), 'one worker has no share');
  t.same(ringFilter({}, shares[0]), ringFilter({}), 'nothing is wanted');
  const taken: number[] = [];
  const longest = (room: number) => Array.from({ length: room }, () => KEEP_ALL[0]!);
  const ring = {
    workerShare: shares[0]!,
    setFilter: ({ length }: { length: number }) => void taken.push(length),
  };
  setRingFilter(ring, { ingress: longest });
  t.ok(taken[0]! <= 4096 && taken[0]! > 4000, `${taken} instructions with the share`);
});

t.test('and then what its sessions want', async (t) => {
  const plan = sourcePlan([{ rules: [{ protocol: 6, toPorts: '80' }], egress: [{ protocol: 17 }] }]);
  const ingress = compile(plan, 'ingress').bpf().instructions;
  const egress = compile(plan, 'egress').bpf().instructions;
  const rows = [
    { name: 'one direction', program: ringFilter({ ingress }), want: [WHOLE, 0, 0, 0] },
    { name: 'the other', program: ringFilter({ egress }), want: [0, 0, 0, WHOLE] },
    { name: 'both', program: ringFilter({ ingress, egress }), want: [WHOLE, 0, 0, WHOLE] },
  ];
  for (const { name, program, want } of rows) {
    checkBpf(program);
    const kept = [TO_HOST, OUTGOING].flatMap((packetType) =>
      [web, dns].map((frame) => runBpf(program, frame, { packetType })),
    );
    t.same(kept, want, name);
    t.equal(runBpf(program, web, { packetType: TO_HOST, mark: SOCKET_MARK }), 0);
  }
});

t.test('directions with the same program share it', async (t) => {
  const plan = sourcePlan([{ rules: [{ protocol: 6 }], egress: [{ protocol: 6 }] }]);
  const ingress = compile(plan, 'ingress').bpf().instructions;
  const egress = compile(plan, 'egress').bpf().instructions;
  const joined = ringFilter({ ingress, egress });
  t.equal(joined.length, 3 + ingress.length, 'the mark is looked at, the packet type is not');
  checkBpf(joined);
});

t.test('the room for both directions is shared', async (t) => {
  const emit = (length: number) => (most: number) => {
    const jumps = Array.from({ length: Math.min(length, most) - 1 }, () => ({
      code: JA,
      jt: 0,
      jf: 0,
      k: 0,
    }));
    return [...jumps, { code: RET_K, jt: 0, jf: 0, k: length }];
  };
  const rows = [
    { name: 'both fit', ingress: 400, egress: 500, want: 906 },
    { name: 'the first is long', ingress: 5000, egress: 500, want: 4096 },
    { name: 'the second is long', ingress: 500, egress: 5000, want: 4096 },
    { name: 'both are long', ingress: 5000, egress: 6000, want: 4096 },
    { name: 'equal ones count once', ingress: 4000, egress: 4000, want: 4003 },
    { name: 'a condition reaches the second', ingress: 255, egress: 300, want: 3 + 2 + 255 + 300 },
    { name: 'just not', ingress: 256, egress: 300, want: 3 + 3 + 256 + 300 },
    { name: 'the shorter one stands first', ingress: 300, egress: 255, want: 3 + 2 + 255 + 300 },
  ];
  for (const { name, ingress, egress, want } of rows) {
    const program = emitRingFilter({ ingress: emit(ingress), egress: emit(egress) }, 4096);
    checkBpf(program);
    t.ok(program.length <= want && program.length > want - 4, `${name}: ${program.length} instructions`);
    t.equal(runBpf(program, web, { packetType: TO_HOST }), ingress, `${name}: received`);
    t.equal(runBpf(program, web, { packetType: OUTGOING }), egress, `${name}: sent`);
  }
});

t.test('the joined program keeps what that of each direction keeps', async (t) => {
  const cases = fc.record({
    plan: sourcePlanArbitrary,
    frames: fc.array(fc.oneof(arbitraryFrame, arbitraryMutatedFrame), { minLength: 20, maxLength: 20 }),
  });
  let kept = 0;
  const property = fc.property(cases, ({ plan, frames }) => {
    const programs = DIRECTIONS.map((direction) => compile(plan, direction).bpf().instructions);
    const joined = ringFilter({ ingress: programs[0]!, egress: programs[1]! });
    checkBpf(joined);
    for (const seen of frames.flatMap(seenBySocket)) {
      for (const [index, packetType] of [TO_HOST, OUTGOING].entries()) {
        const want = runBpf(programs[index]!, seen.bytes, seen.metadata);
        if (want > 0) kept += 1;
        assert.equal(runBpf(joined, seen.bytes, { ...seen.metadata, packetType }), want);
      }
    }
  });
  fc.assert(property, { numRuns: 300 });
  t.ok(kept > 1000, `${kept} kept`);
});

t.test('a joined program that must be short keeps more, never less', async (t) => {
  const cases = fc.record({
    plan: sourcePlanArbitrary,
    frames: fc.array(arbitraryFrame, { minLength: 20, maxLength: 20 }),
    most: fc.integer({ min: 1, max: 600 }),
  });
  let shortened = 0;
  const property = fc.property(cases, ({ plan, frames, most }) => {
    const exact = DIRECTIONS.map((direction) => compile(plan, direction).bpf().instructions);
    const emitOf = (direction: Direction) => (maximumInstructions: number) =>
      compile(plan, direction).bpf({ maximumInstructions }).instructions;
    const joined = emitRingFilter({ ingress: emitOf('ingress'), egress: emitOf('egress') }, most);
    checkBpf(joined);
    assert.ok(joined.length <= Math.max(most, 4), `${joined.length} instructions of ${most}`);
    if (joined.length < exact[0]!.length + exact[1]!.length) shortened += 1;
    for (const seen of frames.flatMap(seenBySocket)) {
      for (const [index, packetType] of [TO_HOST, OUTGOING].entries()) {
        const want = runBpf(exact[index]!, seen.bytes, seen.metadata);
        assert.ok(runBpf(joined, seen.bytes, { ...seen.metadata, packetType }) >= want, 'keeps less');
      }
    }
  });
  fc.assert(property, { numRuns: 200 });
  t.ok(shortened > 20, `${shortened} shortened`);
});

t.test('the largest that the kernel takes', async (t) => {
  const taken: number[] = [];
  const ringOf = (most: number) => ({
    setFilter: ({ length }: readonly unknown[]) => {
      if (length > most) throw new LinuxError('SO_ATTACH_FILTER', constants.errno.ENOMEM);
      taken.push(length);
    },
  });
  const emit = (most: number) => Array.from({ length: most }, () => KEEP_ALL[0]!);
  setRingFilter(ringOf(Infinity), { ingress: emit });
  setRingFilter(ringOf(1000), { ingress: emit });
  setRingFilter(ringOf(10), { ingress: emit });
  t.same(
    taken,
    [4096, 512, ringFilter({ ingress: KEEP_ALL }).length],
    'halved until it fits, at last the front alone',
  );
  t.throws(() => setRingFilter(ringOf(2), { ingress: emit }), { code: 'ENOMEM' }, 'not even that');
});
