/**
 * The queues of network devices: which discipline each has, and what it holds (tc(8), rtnetlink(7)). To ask needs no
 * capability.
 */
import { AF_UNSPEC, LINK_BYTES, RTM_GETLINK } from './constants.js';
import { readStackedDevice } from './device-stack.js';
import { LinuxError } from './errors.js';
import type { Libc } from './libc.js';
import { attributes, NetlinkSocket, NLM_F_ECHO } from './netlink.js';

const RTM_NEWQDISC = 36;
const RTM_GETQDISC = 38;
/** struct tcmsg: family, device, handle, parent. */
const QUEUE_BYTES = 20;
const QUEUE_DEVICE = 4;
const QUEUE_HANDLE = 8;
const QUEUE_PARENT = 12;
/** TC_H_ROOT; TC_H_CLSACT, where the programs and filters of a device stand; and the major part of a handle. */
const ROOT = 0xffff_ffff;
const FILTERS = 0xffff_fff1;
const MAJOR = 0xffff_0000;

const TCA_KIND = 1;
const TCA_STATS2 = 7;
/** struct gnet_stats_basic: bytes (64 bits), packets. */
const TCA_STATS_BASIC = 1;
/** struct gnet_stats_queue: packets, bytes that wait, dropped, requeued, over the limit. */
const TCA_STATS_QUEUE = 3;

/** Devices can lie on each other, but not deeper than that: MAX_NEST_DEV. */
const MAXIMUM_DEPTH = 8;

/** The discipline of a device that has no queue. */
export const NO_QUEUE = 'noqueue';
/** Filters of what comes in and goes out; `ingress` has those of what comes in alone. */
const FILTERS_BOTH_WAYS = 'clsact';
/** Disciplines that send packets of low priority (SO_PRIORITY) when nothing else waits. */
const BY_PRIORITY: readonly string[] = ['pfifo_fast', 'prio'];
/** Disciplines that leave the order to those below them. */
const MADE_OF_OTHERS: readonly string[] = ['tbf', 'mq'];

/** What the queue of a device holds now, and has let through. */
export interface QueueState {
  /** The discipline, such as `fq_codel`. */
  readonly kind: string;
  /** 0 for one that the kernel chose. */
  readonly handle: number;
  /** Bytes that have left it, with their Ethernet headers. */
  readonly sentBytes: number;
  /** Bytes that wait in it. */
  readonly backlogBytes: number;
  /** Packets that it had no room for, or threw away; 32 bits, which wrap. */
  readonly drops: number;
}

interface Discipline {
  readonly device: number;
  readonly kind: string;
  readonly handle: number;
  readonly parent: number;
}

export class Queues {
  readonly #questions: NetlinkSocket;

  /** @throws LinuxError */
  constructor(libc: Libc) {
    this.#questions = new NetlinkSocket(libc, 0);
  }

  /** @param device index. @returns the device with the queue through which it sends: itself, or one below; undefined: none has one. */
  queueing(device: number): number | undefined {
    let index: number | undefined = device;
    for (let depth = 0; depth < MAXIMUM_DEPTH && index !== undefined; depth++) {
      const queue = this.look(index);
      if (queue !== undefined && queue.kind !== NO_QUEUE) return index;
      index = this.#lowerDevice(index);
    }
    return undefined;
  }

  /** @returns the device at the bottom, by which a device sends in the end: itself, or one below. */
  lowest(device: number): number {
    let index = device;
    for (let depth = 0; depth < MAXIMUM_DEPTH; depth++) {
      const lower = this.#lowerDevice(index);
      if (lower === undefined) return index;
      index = lower;
    }
    return index;
  }

  /** @returns whether filters or programs may stand between the host and what a device sends: tc-bpf(8). */
  hasFilters(device: number): boolean {
    const body = this.#askQueue(device, FILTERS);
    return body !== undefined && textOf(attributes(body, QUEUE_BYTES).get(TCA_KIND)) === FILTERS_BOTH_WAYS;
  }

  /** @returns the state of the outermost queue of a device; undefined: the device is gone. */
  look(device: number): QueueState | undefined {
    const body = this.#askQueue(device, ROOT);
    if (body === undefined) return undefined;
    const found = attributes(body, QUEUE_BYTES);
    const statistics = attributes(found.get(TCA_STATS2) ?? new Uint8Array(0), 0);
    const [basic, queue] = [statistics.get(TCA_STATS_BASIC), statistics.get(TCA_STATS_QUEUE)];
    return {
      kind: textOf(found.get(TCA_KIND)),
      handle: uint32(body, QUEUE_HANDLE),
      sentBytes: basic === undefined ? 0 : uint32(basic, 4) * 2 ** 32 + uint32(basic, 0),
      backlogBytes: queue === undefined ? 0 : uint32(queue, 4),
      drops: queue === undefined ? 0 : uint32(queue, 8),
    };
  }

  /** @returns whether copies, which have a low priority, leave a device only when nothing else waits. */
  obeysPriority(device: number): boolean {
    const kind = this.look(device)?.kind ?? '';
    // Listed are the queues of every device of the namespace, which may be many.
    if (!MADE_OF_OTHERS.includes(kind)) return BY_PRIORITY.includes(kind);
    const disciplines: Discipline[] = [];
    try {
      this.#questions.dump('RTM_GETQDISC', RTM_GETQDISC, new Uint8Array(QUEUE_BYTES), ({ type, body }) => {
        if (type !== RTM_NEWQDISC) return;
        const discipline = readDiscipline(body);
        if (discipline.device === device) disciplines.push(discipline);
      });
    } catch (error) {
      if (error instanceof LinuxError) return false;
      throw error;
    }
    const root = disciplines.find(({ parent }) => parent === ROOT);
    return root !== undefined && obeys(root, disciplines);
  }

  close(): void {
    this.#questions.close();
  }

  #lowerDevice(device: number): number | undefined {
    const request = new Uint8Array(LINK_BYTES);
    new DataView(request.buffer).setInt32(4, device, true);
    const body = this.#ask('RTM_GETLINK', RTM_GETLINK, request);
    return body && readStackedDevice(body).lower;
  }

  #askQueue(device: number, parent: number): Uint8Array | undefined {
    const request = new Uint8Array(QUEUE_BYTES);
    const view = new DataView(request.buffer);
    view.setInt32(QUEUE_DEVICE, device, true);
    view.setUint32(QUEUE_PARENT, parent, true);
    return this.#ask('RTM_GETQDISC', RTM_GETQDISC, request);
  }

  /** @returns undefined when the kernel refuses. */
  #ask(op: string, type: number, request: Uint8Array): Uint8Array | undefined {
    request[0] = AF_UNSPEC;
    try {
      return this.#questions.ask(op, type, request, NLM_F_ECHO).body;
    } catch (error) {
      if (error instanceof LinuxError) return undefined;
      throw error;
    }
  }
}

/** A shaper obeys when what it shapes does. Its classes share the link by other rules, so of htb nothing is known. */
function obeys({ kind, handle }: Discipline, all: readonly Discipline[], depth = 0): boolean {
  if (BY_PRIORITY.includes(kind)) return true;
  if (!MADE_OF_OTHERS.includes(kind) || depth > MAXIMUM_DEPTH) return false;
  const major = (handle & MAJOR) >>> 0;
  const children = all.filter(({ parent }) => parent !== ROOT && (parent & MAJOR) >>> 0 === major);
  return children.length > 0 && children.every((child) => obeys(child, all, depth + 1));
}

function readDiscipline(body: Uint8Array): Discipline {
  return {
    device: uint32(body, QUEUE_DEVICE),
    kind: textOf(attributes(body, QUEUE_BYTES).get(TCA_KIND)),
    handle: uint32(body, QUEUE_HANDLE),
    parent: uint32(body, QUEUE_PARENT),
  };
}

function uint32(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);
}

/** Ends with NUL. */
function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes.subarray(0, bytes.length - 1)).toString('latin1');
}
