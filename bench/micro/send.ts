/** Copies into a batch, on to a kernel that takes them all: as it is, while copies give way, and under limits of the rate. */
import { Counters } from '../../src/counters/counters.js';
import { LANE_LENGTH, SESSION_LENGTH } from '../../src/counters/layout.js';
import { TunnelHeader } from '../../src/encapsulate/tunnel-header.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import { EgressShare } from '../../src/io/egress-share.js';
import { Frame } from '../../src/io/frame.js';
import { RateLimits } from '../../src/io/limits.js';
import { BatchSink } from '../../src/io/ring/batch-sink.js';
import type { TxSocket } from '../../src/io/ring/tx-socket.js';
import type { PacketSink } from '../../src/io/sink.js';
import { openLibc } from '../../src/linux/libc.js';
import { EgressMemory } from '../../src/targets/egress-memory.js';
import type { Case } from './measure-case.js';

/** So much that every copy goes: one that is skipped costs less. */
const ROOMY = 2e12;
const LINK_HEADER_BYTES = 50;

const KERNEL: TxSocket = {
  headerBytes: VXLAN.overhead,
  maxInnerLength: 8964,
  maxFragmentedLength: 0,
  isDirect: false,
  linkBytes: (innerLength) => LINK_HEADER_BYTES + innerLength,
  writeHeader: (batch, index, header, innerLength, sourcePort) =>
    header.writeWords(batch.words, batch.headerEndWord(index) - VXLAN.overhead / 4, innerLength, sourcePort),
  send: (_messages, count) => count,
  close: () => {},
};

export async function sendCases(mix: readonly Uint8Array[]): Promise<Case[]> {
  const libc = await openLibc();
  const counters = new Counters(LANE_LENGTH + SESSION_LENGTH);
  const sinkOf = (share?: EgressShare): BatchSink => {
    const sink = new BatchSink(libc, () => KERNEL, counters);
    sink.share = share ?? sink.share;
    return sink;
  };
  const limited = (count: number): PacketSink => {
    const plan = new RateLimits(counters).next(new Set(['eni']));
    const limits = Array.from({ length: count }, (_, index) => ({ name: `${index}`, bitsPerSecond: ROOMY }));
    return plan.limit(sinkOf(), 'eni', limits, LINK_HEADER_BYTES);
  };
  const memory = new EgressMemory();
  memory.limit = ROOMY;
  return [
    sendCase('as it is', sinkOf(), mix),
    sendCase('giving way', sinkOf(new EgressShare(memory)), mix),
    sendCase('one limit', limited(1), mix),
    sendCase('three limits', limited(3), mix),
  ];
}

function sendCase(name: string, sink: PacketSink, mix: readonly Uint8Array[]): Case {
  const header = new TunnelHeader(VXLAN, 42);
  const frame = new Frame(new Uint8Array(0), 1 << 20);
  const pass = (): number => {
    for (let index = 0; index < mix.length; index++) {
      frame.capturedLength = mix[index].length;
      frame.wireLength = frame.capturedLength;
      sink.send(frame, frame.capturedLength, header, 50000, LANE_LENGTH);
    }
    sink.flush();
    return frame.wireLength;
  };
  return { stage: 'send', name, frames: mix.length, pass };
}
