/**
 * Classic BPF instructions (linux/filter.h, linux/bpf_common.h; the kernel's networking/filter document). The machine
 * has a register A to compute in, a register X for offsets and second operands, and 16 words of scratch memory M. A
 * program returns how many bytes of the frame to keep, 0 for none.
 *
 * A load from beyond the end of the frame ends the program with 0.
 */

/** struct sock_filter: what to do, how far to jump, and a constant. */
export interface BpfInstruction {
  readonly code: number;
  /** Instructions to skip when a condition holds, 0–255. */
  readonly jt: number;
  /** Instructions to skip when it does not hold, 0–255. */
  readonly jf: number;
  /** The constant, 32 bits unsigned. */
  readonly k: number;
}

/** BPF_MAXINSNS: the longest program. */
export const MAXIMUM_INSTRUCTIONS = 4096;

/** A = bytes of the frame at k, big-endian: 4, 2 or 1 of them. */
export const LD_W_ABS = 0x20;
export const LD_H_ABS = 0x28;
export const LD_B_ABS = 0x30;
/** A = bytes of the frame at X + k. */
export const LD_W_IND = 0x40;
export const LD_H_IND = 0x48;
export const LD_B_IND = 0x50;
/** A = the frame's length. */
export const LD_W_LEN = 0x80;
/** A = k. */
export const LD_IMM = 0x00;
/** A = M[k]; X = M[k]. */
export const LD_MEM = 0x60;
export const LDX_MEM = 0x61;
/** X = k. */
export const LDX_IMM = 0x01;
/** M[k] = A; M[k] = X. */
export const ST = 0x02;
export const STX = 0x03;

/** A = A op k, or A op X. */
export const ADD_K = 0x04;
export const ADD_X = 0x0c;
export const SUB_K = 0x14;
export const SUB_X = 0x1c;
export const MUL_K = 0x24;
export const AND_K = 0x54;
export const LSH_K = 0x64;
export const RSH_K = 0x74;
export const XOR_X = 0xac;
/** X = A. */
export const TAX = 0x07;

/** Skips k instructions. */
export const JA = 0x05;
/** Skips jt instructions when A == k, > k, >= k (unsigned), or when A & k is not 0; else jf. */
export const JEQ_K = 0x15;
export const JGT_K = 0x25;
export const JGE_K = 0x35;
export const JSET_K = 0x45;
/** The same with X in place of k. */
export const JGT_X = 0x2d;
export const JGE_X = 0x3d;

/** Ends the program: the kernel keeps the first k bytes of the frame. */
export const RET_K = 0x06;

/** What to return to keep a frame whole. */
export const WHOLE_FRAME = 0xffff_ffff;

/** SKF_AD_OFF: from this offset on, LD_W_ABS reads what the kernel knows about the frame, not its bytes. */
const ANCILLARY = 0xffff_f000;
/** SKF_AD_PKTTYPE, as in packet(7). */
export const ANCILLARY_PACKET_TYPE = ANCILLARY + 4;
/** SKF_AD_MARK: the mark of the socket that sent the frame. */
export const ANCILLARY_MARK = ANCILLARY + 20;
/** SKF_AD_VLAN_TAG_PRESENT: 1 when the kernel took the outermost tag out of the frame. */
export const ANCILLARY_VLAN_PRESENT = ANCILLARY + 48;
