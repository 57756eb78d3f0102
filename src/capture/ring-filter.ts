/** The program in front of a ring: what belongs to the lane at all, before what its sessions want. */
import type { BpfInstruction } from '../linux/classic-bpf.js';
import { PACKET_OUTGOING } from '../linux/packet-ring.js';
import { SOCKET_MARK } from '../linux/raw-socket.js';
import type { Direction } from '../plan/mirror-plan.js';

/** linux/bpf_common.h. */
const LD_W_ABS = 0x20;
const JEQ_K = 0x15;
const RET_K = 0x06;
/** linux/filter.h: what the kernel knows of the frame beside its bytes. */
const AD_OFFSET = 0xffff_f000;
const AD_PKTTYPE = AD_OFFSET + 4;
const AD_MARK = AD_OFFSET + 20;

const KEEP_ALL = 0xffff_ffff;

/** Drops the engine's own packets, told by their mark, and what goes the other way. */
export function ringFilter(direction: Direction): BpfInstruction[] {
  const outgoing = direction === 'egress';
  return [
    { code: LD_W_ABS, jt: 0, jf: 0, k: AD_MARK },
    { code: JEQ_K, jt: 0, jf: 1, k: SOCKET_MARK },
    { code: RET_K, jt: 0, jf: 0, k: 0 },
    { code: LD_W_ABS, jt: 0, jf: 0, k: AD_PKTTYPE },
    { code: JEQ_K, jt: outgoing ? 1 : 0, jf: outgoing ? 0 : 1, k: PACKET_OUTGOING },
    { code: RET_K, jt: 0, jf: 0, k: 0 },
    { code: RET_K, jt: 0, jf: 0, k: KEEP_ALL },
  ];
}
