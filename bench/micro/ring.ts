/** The way of a frame with ring I/O but for the kernel: out of a ring, through the mirror, to where a system call would be. */
import { layOutCounters } from '../../src/counters/lane-bases.js';
import { DirectHeader } from '../../src/encapsulate/direct-header.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import { BatchSink } from '../../src/io/ring/batch-sink.js';
import { RingSource } from '../../src/io/ring/ring-source.js';
import { SourceLanes } from '../../src/io/ring/source-lanes.js';
import { DirectTxSocket, RoutedTxSocket } from '../../src/io/ring/tx-socket.js';
import type { TargetSink } from '../../src/io/sink.js';
import { HeaderSlots, umemBytes } from '../../src/io/xdp/umem.js';
import { type SendingSocket, XdpSender } from '../../src/io/xdp/xdp-sender.js';
import { XdpSink } from '../../src/io/xdp/xdp-sink.js';
import { REJECT_ALL } from '../../src/linux/classic-bpf.js';
import { type Libc, openLibc } from '../../src/linux/libc.js';
import { WallClock } from '../../src/linux/packet-ring.js';
import { XDP_ENTRIES } from '../../src/linux/xdp-socket.js';
import { compile } from '../../src/match/compile.js';
import { buildMirror } from '../../src/mirror/build-mirror.js';
import type { Case } from './measure-case.js';
import { RingFiller } from './ring-filler.js';
import { planWithRules } from './rules.js';

const RULES = 10;
const MEGABYTES = 8;
/** What a source hands over at once. */
const BUDGET = 256;
const COPIES = { oversize: 'truncate', dscp: 8 } as const;
const MAXIMUM_LENGTH = 9000;
const TARGET = '192.0.2.2';
const MACS = { destinationMac: new Uint8Array(6).fill(2), sourceMac: new Uint8Array(6).fill(4) };

export async function ringCases(mix: readonly Uint8Array[]): Promise<Case[]> {
  const libc = withoutKernel(await openLibc());
  const header = new DirectHeader(VXLAN, MACS, '192.0.2.1', TARGET, COPIES);
  const routed = (): RoutedTxSocket => new RoutedTxSocket(libc, VXLAN, undefined, TARGET, COPIES);
  const direct = (): DirectTxSocket => new DirectTxSocket(libc, 1, header, () => MAXIMUM_LENGTH);
  return [
    ringCase(libc, mix, 'routed', (counters) => new BatchSink(libc, routed, counters)),
    ringCase(libc, mix, 'direct', (counters) => new BatchSink(libc, direct, counters)),
    ringCase(libc, mix, 'AF_XDP', (counters) => {
      const sink = new XdpSink(new BatchSink(libc, direct, counters), counters);
      const slots = new HeaderSlots(new ArrayBuffer(umemBytes([], 1)), 0);
      const sender = new XdpSender(new EagerXdpSocket(), slots, counters, () => {});
      sink.use(header, { interfaceIndex: 1, maximumLength: MAXIMUM_LENGTH, sender, problem: undefined });
      return sink;
    }),
  ];
}

function ringCase(
  libc: Libc,
  mix: readonly Uint8Array[],
  name: string,
  sinkOf: (counters: ReturnType<typeof layOutCounters>['counters']) => TargetSink,
): Case {
  const lane = { source: planWithRules(RULES), direction: 'ingress' } as const;
  const { counters, bases } = layOutCounters([lane]);
  const sink = sinkOf(counters);
  const filter = compile(lane.source, lane.direction);
  const consumer = buildMirror(lane, filter, counters, bases[0], () => sink);
  const lanes = new SourceLanes(
    { ingress: { lane, bases: bases[0], consumer, filter, onCondition: () => {} } },
    counters,
  );
  const filler = new RingFiller();
  const ring = new RingSource(
    { ...libc, map: (_descriptor, length) => filler.keep(libc.mapMemory(length)) },
    { megabytes: MEGABYTES, blockTimeoutMs: 1, filter: REJECT_ALL },
  );
  ring.umemOffset = 0;
  const frames = filler.fill(mix);
  const surroundings = { clock: new WallClock(libc), inFlight: () => undefined };
  const pass = (): number => {
    filler.handOver();
    while (ring.load()) {
      for (let cost = 0; cost < BUDGET && ring.load(); ) cost += lanes.take(ring, BUDGET - cost);
      lanes.endBatch(surroundings);
    }
    return ring.framesRead;
  };
  return { stage: 'ring', name, frames, pass };
}

/** Calls of which a kernel takes everything at once. */
function withoutKernel(libc: Libc): Libc {
  return {
    ...libc,
    socket: () => -1,
    bind: () => {},
    connect: () => {},
    close: () => {},
    setOption: () => {},
    getOption: (_op, _descriptor, _level, _option, value) => {
      new DataView(value.buffer, value.byteOffset).setInt32(0, MAXIMUM_LENGTH, true);
    },
    sendMessages: (_descriptor, _messages, count) => count,
  };
}

/** Takes what is published at once, and is done with it. */
class EagerXdpSocket implements SendingSocket {
  readonly #descriptors = new Int32Array(XDP_ENTRIES * 4);
  readonly invalidDescriptors = 0;
  written = 0;
  consumed = 0;

  get completed(): number {
    return this.consumed;
  }

  get room(): number {
    return XDP_ENTRIES - ((this.written - this.consumed) | 0);
  }

  write(offset: number, length: number, continued: boolean): void {
    const at = (this.written & (XDP_ENTRIES - 1)) * 4;
    this.#descriptors[at] = offset;
    this.#descriptors[at + 2] = length;
    this.#descriptors[at + 3] = continued ? 1 : 0;
    this.written = (this.written + 1) | 0;
  }

  publish(): void {}

  send(): number {
    this.consumed = this.written;
    return 0;
  }

  close(): void {}
}
