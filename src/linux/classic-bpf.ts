/** Classic BPF: programs in the kernel's layout, attached to sockets (socket(7), SO_ATTACH_FILTER). */

import { type BpfInstruction, MAXIMUM_INSTRUCTIONS, RET_K } from '../wire/bpf-instruction.js';
import { SO_ATTACH_FILTER, SO_GET_FILTER, SOL_SOCKET } from './constants.js';
import type { Libc } from './libc.js';

/** struct sock_filter. */
const INSTRUCTION_BYTES = 8;
/** struct sock_fprog: a 16-bit count, padding, a pointer. */
const PROGRAM_BYTES = 16;

export type { BpfInstruction };

/** Drops everything, for a socket that only sends. */
export const REJECT_ALL: readonly BpfInstruction[] = [{ code: RET_K, jt: 0, jf: 0, k: 0 }];

/**
 * Attaches a program to a socket. An old program is replaced atomically: every packet passes one of them.
 * @throws LinuxError: ENOMEM beyond net.core.optmem_max, EINVAL for a program that the kernel's checker refuses
 */
export function attachFilter(libc: Libc, descriptor: number, program: readonly BpfInstruction[]): void {
  withProgram(libc, program, (header) => {
    libc.setOption('SO_ATTACH_FILTER', descriptor, SOL_SOCKET, SO_ATTACH_FILTER, header);
  });
}

/** Lays a program out as the kernel takes it, as long as `use` runs. @param use is given a struct sock_fprog. */
export function withProgram(
  libc: Libc,
  program: readonly BpfInstruction[],
  use: (header: Uint8Array) => void,
): void {
  const { address, memory } = libc.allocate(program.length * INSTRUCTION_BYTES);
  const view = new DataView(memory);
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    const at = index * INSTRUCTION_BYTES;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jt);
    view.setUint8(at + 3, jf);
    view.setUint32(at + 4, k, true);
  }
  const header = new Uint8Array(PROGRAM_BYTES);
  new DataView(header.buffer).setUint16(0, program.length, true);
  new DataView(header.buffer).setBigUint64(8, BigInt(address), true);
  try {
    use(header);
  } finally {
    libc.free(address);
  }
}

/**
 * Reads the program that stands in a socket's way, as it was attached; empty without one.
 * @throws LinuxError: EACCES for a program that is not classic.
 */
export function attachedFilter(libc: Libc, descriptor: number): BpfInstruction[] {
  // The kernel counts the room in instructions, not in bytes: told of 32 KiB, it fills in no more than the longest
  // program has, which is as much.
  const bytes = new Uint8Array(MAXIMUM_INSTRUCTIONS * INSTRUCTION_BYTES);
  libc.getOption('SO_GET_FILTER', descriptor, SOL_SOCKET, SO_GET_FILTER, bytes);
  const view = new DataView(bytes.buffer);
  const instructions = Array.from({ length: MAXIMUM_INSTRUCTIONS }, (_, index) => {
    const at = index * INSTRUCTION_BYTES;
    return {
      code: view.getUint16(at, true),
      jt: view.getUint8(at + 2),
      jf: view.getUint8(at + 3),
      k: view.getUint32(at + 4, true),
    };
  });
  // A program ends with a return, whose code is not 0.
  return instructions.slice(0, instructions.findLastIndex(({ code }) => code !== 0) + 1);
}
