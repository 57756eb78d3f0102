/** The system calls of `receive` that are not in libc.ts: many datagrams a call, frames to a device, ioctl(2). */
import { constants } from 'node:os';
import { LinuxError } from './errors.js';
import { type Address, loadLibrary } from './libc.js';

const MSG_DONTWAIT = 0x40;
const { EAGAIN, EINTR } = constants.errno;

/** System calls. Those of the hot loop return errors, negated, and allocate nothing. */
export interface ReceiveCalls {
  /** Hot loop: recvmmsg(2), nonblocking. @returns messages, 0 when none are waiting, or the negated errno */
  receiveMessages(descriptor: number, messages: Address, count: number): number;
  /** Hot loop: write(2) from native memory. @returns bytes, or the negated errno */
  writeFrom(descriptor: number, address: Address, length: number): number;
  /** ioctl(2) with a structure, which may be filled in. @param op names it in errors. @throws LinuxError */
  control(op: string, descriptor: number, request: number, structure: Uint8Array): void;
}

/** @throws UnsupportedPlatformError, MissingPackageError (reject), as `openLibc` */
export async function openReceiveCalls(): Promise<ReceiveCalls> {
  const { koffi, library } = await loadLibrary();
  const recvmmsg = library.func('int recvmmsg(int, void *, uint32_t, int, void *)');
  const write = library.func('int64_t write(int, const void *, size_t)');
  const ioctl = library.func('int ioctl(int, unsigned long, void *)');
  return {
    receiveMessages: (descriptor, messages, count) => {
      const received = recvmmsg(descriptor, messages, count, MSG_DONTWAIT, null);
      if (received >= 0) return received;
      const errno = koffi.errno();
      return errno === EAGAIN || errno === EINTR ? 0 : -errno;
    },
    writeFrom: (descriptor, address, length) => {
      const written = write(descriptor, address, length);
      return written < 0 ? -koffi.errno() : written;
    },
    control: (op, descriptor, request, structure) => {
      if (ioctl(descriptor, request, structure) < 0) throw new LinuxError(`ioctl ${op}`, koffi.errno());
    },
  };
}
