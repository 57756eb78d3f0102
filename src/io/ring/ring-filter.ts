/** The BPF program in front of a ring: it keeps the lane's frames, and of these what the sessions want. */
import { PACKET_OUTGOING } from '../../linux/packet-ring.js';
import { SOCKET_MARK } from '../../linux/sending-sockets.js';
import type { Direction } from '../../plan/mirror-plan.js';
import {
  ANCILLARY_MARK,
  ANCILLARY_PACKET_TYPE,
  type BpfInstruction,
  JEQ_K,
  LD_W_ABS,
  RET_K,
  WHOLE_FRAME,
} from '../../wire/bpf-instruction.js';

const KEEP_ALL: readonly BpfInstruction[] = [{ code: RET_K, jt: 0, jf: 0, k: WHOLE_FRAME }];

/**
 * Drops the engine's own packets, which have its mark, and frames of the other direction.
 * @param body the compiled filter's program, which judges the rest; by default all of it is kept whole.
 */
export function ringFilter(
  direction: Direction,
  body: readonly BpfInstruction[] = KEEP_ALL,
): BpfInstruction[] {
  const outgoing = direction === 'egress';
  return [
    { code: LD_W_ABS, jt: 0, jf: 0, k: ANCILLARY_MARK },
    { code: JEQ_K, jt: 0, jf: 1, k: SOCKET_MARK },
    { code: RET_K, jt: 0, jf: 0, k: 0 },
    { code: LD_W_ABS, jt: 0, jf: 0, k: ANCILLARY_PACKET_TYPE },
    { code: JEQ_K, jt: outgoing ? 1 : 0, jf: outgoing ? 0 : 1, k: PACKET_OUTGOING },
    { code: RET_K, jt: 0, jf: 0, k: 0 },
    ...body,
  ];
}
