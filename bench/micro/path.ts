/** The whole path without a kernel: MemorySource -> Mirror -> MemorySink. */
import { layOutCounters } from '../../src/counters/lane-bases.js';
import { buildOuterHeader } from '../../src/encapsulate/build-outer-header.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import { MemorySink, MemorySource } from '../../src/io/memory.js';
import { compile } from '../../src/match/compile.js';
import { buildMirror } from '../../src/mirror/build-mirror.js';
import type { Case } from './measure-case.js';
import { planWithRules } from './rules.js';

const MAXIMUM_INNER_LENGTH = 8964;
const HEADERS_ONLY = 128;

export function pathCases(mix: readonly Uint8Array[]): Case[] {
  return [pathCase(mix, 10), pathCase(mix, 10, HEADERS_ONLY), pathCase(mix, 30), pathCase(mix, 1000)];
}

function pathCase(mix: readonly Uint8Array[], rules: number, packetLength?: number): Case {
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
  const mirror = buildMirror(lane, compile(lane.source, lane.direction), counters, bases[0], () => sink);
  const source = new MemorySource(mix, true);
  const pass = (): number => {
    source.pull(mirror, mix.length);
    return outBytes;
  };
  const cut = packetLength === undefined ? '' : `, PacketLength ${packetLength}`;
  return { stage: 'path', name: `${rules} rules${cut}`, frames: mix.length, pass };
}
