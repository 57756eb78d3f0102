/**
 * The BPF program in front of a ring: it keeps the frames of each direction of the device that its sessions want.
 *
 *     mark [-> share of this worker] -> packet type -> the program of what the device received
 *                                                   -> the program of what it sent
 */
import { REJECT_ALL } from '../../linux/classic-bpf.js';
import { LinuxError } from '../../linux/errors.js';
import { PACKET_OUTGOING } from '../../linux/packet-ring.js';
import { SOCKET_MARK } from '../../linux/sending-sockets.js';
import { workerShare } from '../../match/bpf/worker-share.js';
import type { WorkerShare } from '../../plan/engine-plan.js';
import type { Direction } from '../../plan/mirror-plan.js';
import {
  ANCILLARY_MARK,
  ANCILLARY_PACKET_TYPE,
  type BpfInstruction,
  JA,
  JEQ_K,
  LD_W_ABS,
  MAXIMUM_INSTRUCTIONS,
  RET_K,
  WHOLE_FRAME,
} from '../../wire/bpf-instruction.js';
import type { CaptureRing } from '../capture-ring.js';

type Program = readonly BpfInstruction[];

/** A pre-filter by the device's direction; a direction that is absent is not wanted. */
export type ByDirection<T> = Readonly<Partial<Record<Direction, T>>>;

/** Emits a pre-filter of at most so many instructions; with fewer of them it keeps more, never less. */
export type EmitProgram = (maximumInstructions: number) => Program;

/** Keeps every frame whole. */
export const KEEP_ALL: Program = [{ code: RET_K, jt: 0, jf: 0, k: WHOLE_FRAME }];

const REJECT: BpfInstruction = { code: RET_K, jt: 0, jf: 0, k: 0 };

/** Most instructions beside the pre-filters and the share. */
const FRONT_LENGTH = 6;
/** Farthest that a condition reaches. */
const LONGEST_BRANCH = 255;
/** A program this short is not worth another try: the ring keeps every frame of the wanted directions instead. */
const LEAST_INSTRUCTIONS = 32;

/** The share of an engine that has no other beside it. */
const ALL: Program = [];

/** The program of a worker's share. @param worker undefined: it lets everything through. */
export function shareProgram(worker: WorkerShare | undefined): Program {
  return worker === undefined ? ALL : workerShare(worker.index, worker.of);
}

/**
 * Drops the engine's own packets, which have its mark, and frames of a direction that is not wanted. What is left is
 * judged by the pre-filter of its direction.
 * @param share goes on behind its end with frames of this worker; absent: with every frame.
 */
export function ringFilter({ ingress, egress }: ByDirection<Program>, share = ALL): Program {
  if (ingress === undefined && egress === undefined) return REJECT_ALL;
  return [
    { code: LD_W_ABS, jt: 0, jf: 0, k: ANCILLARY_MARK },
    { code: JEQ_K, jt: 0, jf: 1, k: SOCKET_MARK },
    REJECT,
    ...share,
    ...branch(ingress ?? [REJECT], egress ?? [REJECT]),
  ];
}

/** Emits the pre-filters and joins them. @param maximumInstructions of the whole program, but for the share. */
export function emitRingFilter(
  filters: ByDirection<EmitProgram>,
  maximumInstructions: number,
  share = ALL,
): Program {
  const { ingress, egress } = filters;
  if (maximumInstructions < LEAST_INSTRUCTIONS) {
    const keepAll = { ...(ingress && { ingress: KEEP_ALL }), ...(egress && { egress: KEEP_ALL }) };
    return ringFilter(keepAll, share);
  }
  const room = maximumInstructions - FRONT_LENGTH;
  if (ingress === undefined || egress === undefined) {
    const one = { ...(ingress && { ingress: ingress(room) }), ...(egress && { egress: egress(room) }) };
    return ringFilter(one, share);
  }
  return ringFilter(shareRoom(ingress, egress, room), share);
}

/**
 * Puts the largest program that the kernel takes in front of a ring.
 * @returns it. @throws LinuxError for what is not its size.
 */
export function setRingFilter(
  ring: Pick<CaptureRing, 'setFilter' | 'workerShare'>,
  filters: ByDirection<EmitProgram>,
): Program {
  const { workerShare: share = ALL } = ring;
  for (let limit = MAXIMUM_INSTRUCTIONS - share.length; ; limit >>= 1) {
    const program = emitRingFilter(filters, limit, share);
    try {
      ring.setFilter(program);
      return program;
    } catch (error) {
      // ENOMEM: beyond net.core.optmem_max.
      const isTooLong = error instanceof LinuxError && error.code === 'ENOMEM';
      if (!isTooLong || limit < LEAST_INSTRUCTIONS) throw error;
    }
  }
}

/** Goes to the program of the frame's direction, or to that of both when they are the same. The shorter stands first. */
function branch(received: Program, sent: Program): Program {
  if (isSame(received, sent)) return received;
  const load = { code: LD_W_ABS, jt: 0, jf: 0, k: ANCILLARY_PACKET_TYPE };
  const isSentFirst = sent.length < received.length;
  const [first, second] = isSentFirst ? [sent, received] : [received, sent];
  const { length } = first;
  const isFar = length > LONGEST_BRANCH;
  const [near, far] = isFar ? [1, 0] : [0, length];
  const condition = {
    code: JEQ_K,
    jt: isSentFirst ? near : far,
    jf: isSentFirst ? far : near,
    k: PACKET_OUTGOING,
  };
  const jump = { code: JA, jt: 0, jf: 0, k: length };
  return [load, condition, ...(isFar ? [jump] : []), ...first, ...second];
}

/** Each gets half of the room, and what the other leaves of its half. */
function shareRoom(ingress: EmitProgram, egress: EmitProgram, room: number): ByDirection<Program> {
  const whole = { ingress: ingress(room), egress: egress(room) };
  if (isSame(whole.ingress, whole.egress)) return whole;
  if (whole.ingress.length + whole.egress.length <= room) return whole;
  const half = room >>> 1;
  if (whole.ingress.length <= half) return { ...whole, egress: egress(room - whole.ingress.length) };
  if (whole.egress.length <= half) return { ...whole, ingress: ingress(room - whole.egress.length) };
  return { ingress: ingress(half), egress: egress(half) };
}

function isSame(a: Program, b: Program): boolean {
  const isEqual = ({ code, jt, jf, k }: BpfInstruction, index: number): boolean => {
    const other = b[index];
    return other?.code === code && other.jt === jt && other.jf === jf && other.k === k;
  };
  return a.length === b.length && a.every(isEqual);
}
