/** The whole path without a kernel: MemorySource -> Mirror -> MemorySink. */
import { layOutCounters } from '../../src/counters/lane-bases.js';
import { buildOuterHeader } from '../../src/encapsulate/build-outer-header.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import { MemorySink, MemorySource } from '../../src/io/memory.js';
import { compile } from '../../src/match/compile.js';
import { buildMirror } from '../../src/mirror/build-mirror.js';
import { CopyTaps } from '../../src/peek/copy-taps.js';
import type { Case } from './measure-case.js';
import { planWithRules } from './rules.js';

const MAXIMUM_INNER_LENGTH = 8964;
const HEADERS_ONLY = 128;
/** Enough for V8 to optimize the code with the tap in it. */
const PEEKED_PASSES = 20;

export function pathCases(mix: readonly Uint8Array[]): Case[] {
  return [pathCase(mix, 10), pathCase(mix, 10, HEADERS_ONLY), pathCase(mix, 30), pathCase(mix, 1000)];
}

/** To be measured last: what V8 has seen of a tap stays with the code. */
export function peekedCases(mix: readonly Uint8Array[]): Case[] {
  return [peekedCase(mix, 'after a peek'), peekedCase(mix, 'while one peeks')];
}

/**
 * The path with ten rules, measured after a peek has ended or while one goes on. Nobody reads the copies, so nearly all of
 * them are counted as left out.
 */
function peekedCase(mix: readonly Uint8Array[], when: 'after a peek' | 'while one peeks'): Case {
  const { mirror, lane, filter, pass } = pathOf(mix, 10);
  const taps = new CopyTaps(() => {});
  const peek = (isOn: boolean): void => {
    taps.set(
      isOn
        ? { filters: [{}], snapshotLength: 65535, copiesPerSecond: 20_000, bytesPerSecond: 2 ** 25 }
        : undefined,
    );
    mirror.tap = taps.of(lane, filter.outcomes);
  };
  let passes = 0;
  const peeked = (): number => {
    if (passes === 0) peek(true);
    if (passes === PEEKED_PASSES && when === 'after a peek') peek(false);
    passes += 1;
    taps.turn();
    return pass();
  };
  return { stage: 'path', name: `10 rules, ${when}`, frames: mix.length, pass: peeked };
}

function pathCase(mix: readonly Uint8Array[], rules: number, packetLength?: number): Case {
  const { pass } = pathOf(mix, rules, packetLength);
  const cut = packetLength === undefined ? '' : `, PacketLength ${packetLength}`;
  return { stage: 'path', name: `${rules} rules${cut}`, frames: mix.length, pass };
}

function pathOf(mix: readonly Uint8Array[], rules: number, packetLength?: number) {
  const lane = { source: planWithRules(rules, packetLength), direction: 'ingress' } as const;
  const { counters, bases } = layOutCounters([lane]);
  let outBytes = 0;
  const sink = new MemorySink(
    counters,
    (_bytes, _offset, length) => {
      outBytes = (outBytes + length) | 0;
    },
    buildOuterHeader(VXLAN, '192.0.2.1', '192.0.2.2', { oversize: 'truncate', dscp: 8 }),
    MAXIMUM_INNER_LENGTH,
  );
  const filter = compile(lane.source, lane.direction);
  const mirror = buildMirror(lane, filter, counters, bases[0], () => sink);
  const source = new MemorySource(mix, true);
  const pass = (): number => {
    source.pull(mirror, mix.length);
    return outBytes;
  };
  return { mirror, lane, filter, pass };
}
