/**
 * System calls that Node does not have, bound with koffi. Only this file, `process-rights.ts` and `clock.ts` call the C library.
 * Structures are laid out by hand for little-endian 64-bit Linux, which x64 and arm64 share.
 */
import { constants, endianness } from 'node:os';
import { AF_UNIX } from './constants.js';
import { importOptional, LinuxError } from './errors.js';

/** An address of native memory. A number holds the 47 bits of user-space addresses exactly. */
export type Address = number;

const ARCHITECTURES: readonly string[] = ['x64', 'arm64'];

/** recv(2), recvmsg(2), send(2). */
const MSG_DONTWAIT = 0x40;
const MSG_CMSG_CLOEXEC = 0x4000_0000;
const MSG_NOSIGNAL = 0x4000;
/** socketpair(2): keeps message boundaries, and reports a closed end. */
const SOCK_SEQPACKET_CLOEXEC = 5 | 0o2000000;
/** fcntl(2). */
const F_DUPFD_CLOEXEC = 1030;
/** eventfd(2): read and write never wait. */
const EFD_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const { EAGAIN } = constants.errno;
/** clock_gettime(2). */
const CLOCK_REALTIME = 0;
/** mmap(2). */
const PROT_READ_WRITE = 0x3;
const MAP_SHARED = 0x1;
const MAP_PRIVATE = 0x2;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
const MAP_POPULATE = 0x8000;
const MAP_NEW_MEMORY = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
const NO_DESCRIPTOR = -1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
/** setns(2). */
const CLONE_NEWNET = 0x4000_0000;

/** flock(2). */
const LOCK_EX_NB = 0x2 | 0x4;

/** The system calls of this platform are not known here. */
class UnsupportedPlatformError extends Error {
  readonly code = 'unsupported-platform';
}

/** System calls. A failed call throws a LinuxError, except for calls of the hot loop, which return it. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(descriptor: number, address: Uint8Array): void;
  /** As `bind`, off the main thread. @returns whether it is bound: of an error nothing more is known. */
  bindAside(descriptor: number, address: Uint8Array): Promise<boolean>;
  connect(descriptor: number, address: Uint8Array): void;
  close(descriptor: number): void;
  /** `op` names the option in errors. */
  setOption(op: string, descriptor: number, level: number, option: number, value: Uint8Array): void;
  /** Fills in the address that a socket is bound to: getsockname(2). */
  socketAddress(descriptor: number, address: Uint8Array): void;
  /** Fills `value`. */
  getOption(op: string, descriptor: number, level: number, option: number, value: Uint8Array): void;
  /** Maps a descriptor: shared, readable, writable, and populated. @param offset in the file, in bytes; 0 when absent */
  map(descriptor: number, length: number, offset?: number): { address: Address; memory: ArrayBuffer };
  /** Maps a descriptor from its start in place of what is mapped at an address. */
  mapAt(address: Address, descriptor: number, length: number): void;
  /** Maps new memory, which has no pages until it is used. */
  mapMemory(length: number): { address: Address; memory: ArrayBuffer };
  /** The same in place of what is mapped at an address, which is not free for others meanwhile. */
  mapMemoryAt(address: Address, length: number): void;
  /** No view of the memory may be used afterwards: access would end the process. */
  unmap(address: Address, length: number): void;
  /** Allocates zeroed memory outside V8's heap, which never moves, for structures that hold addresses. */
  allocate(length: number): { address: Address; memory: ArrayBuffer };
  /** As with `unmap`, the memory may not be used afterwards. */
  free(address: Address): void;
  /** @returns the index of a device */
  interfaceIndex(device: string): number;
  /** ioctl(2): the kernel reads `argument`, and fills it. `op` names the request in errors. */
  ioctl(op: string, descriptor: number, request: number, argument: Uint8Array): void;
  /** As `ioctl`, off the main thread. @returns negative when the kernel refused */
  ioctlAside(descriptor: number, request: number, argument: Uint8Array): Promise<number>;
  /** Hot loop. @returns how many messages the kernel took, or the negated errno */
  sendMessages(descriptor: number, messages: Address, count: number): number;
  /** Hot loop: sendto(2) without bytes, which makes an AF_XDP socket send. @returns 0, or the negated errno */
  sendNothing(descriptor: number): number;
  /** Sends to the address that the socket is connected to. */
  send(descriptor: number, bytes: Uint8Array): void;
  /** @returns how many bytes were received, 0 when none are waiting */
  receive(descriptor: number, bytes: Uint8Array): number;
  /** @returns the two ends of a new connection, which keeps the order and boundaries of messages */
  socketPair(): [number, number];
  /** sendmsg(2), nonblocking. @param header address of a msghdr. @returns false when there is no room now */
  sendMessage(descriptor: number, header: Address): boolean;
  /** recvmsg(2), nonblocking. @param header address of a msghdr. @returns bytes; 0: no message, or the end */
  receiveMessage(descriptor: number, header: Address): number;
  /** @returns another descriptor of the same open file */
  duplicate(descriptor: number): number;
  /** @returns a new eventfd(2) with the count 0 */
  eventDescriptor(): number;
  write(descriptor: number, bytes: Uint8Array): void;
  /** @returns how many bytes were read, 0 when none are waiting */
  read(descriptor: number, bytes: Uint8Array): number;
  /** poll(2), blocks the thread. @param descriptors pollfd structures. @returns how many are ready, 0 after a signal */
  pollHere(descriptors: Uint8Array, timeoutMs: number): number;
  /** setns(2): moves this thread to another network namespace. */
  enterNamespace(descriptor: number): void;
  /** Fills struct timespec with the time of day. */
  wallClock(time: Uint32Array): void;
  /** poll(2) off the main thread. @param descriptors pollfd structures. @returns how many are ready */
  poll(descriptors: Uint8Array, timeoutMs: number): Promise<number>;
  /** As `setOption`, off the main thread: for what the kernel takes milliseconds for. */
  setOptionAside(
    op: string,
    descriptor: number,
    level: number,
    option: number,
    value: Uint8Array,
  ): Promise<void>;
  /** As `send`, off the main thread. @returns false when the kernel refused */
  sendAside(descriptor: number, bytes: Uint8Array): Promise<boolean>;
  /** As `receive`, off the main thread. @returns bytes; negative when the kernel refused, or none are waiting */
  receiveAside(descriptor: number, bytes: Uint8Array): Promise<number>;
  /** As `map`, off the main thread. */
  mapAside(descriptor: number, length: number): Promise<{ address: Address; memory: ArrayBuffer }>;
  /** As `unmap`, off the main thread. Closes a file that nothing else refers to any more. */
  unmapAside(address: Address, length: number): Promise<void>;
}

/**
 * Loads the C library, so that its calls can be bound.
 * @throws UnsupportedPlatformError on another architecture or system; MissingPackageError without koffi (reject)
 */
export async function loadLibrary() {
  if (process.platform !== 'linux' || !ARCHITECTURES.includes(process.arch) || endianness() !== 'LE') {
    throw new UnsupportedPlatformError(
      `ring I/O runs on Linux x64 and arm64, not on ${process.platform} ${process.arch}`,
    );
  }
  const { default: koffi } = await importOptional('koffi', () => import('koffi'));
  return { koffi, library: koffi.load('libc.so.6') };
}

/** @throws UnsupportedPlatformError, MissingPackageError (reject), as `loadLibrary` */
export async function openLibc(): Promise<Libc> {
  const { koffi, library } = await loadLibrary();
  const socket = library.func('int socket(int, int, int)');
  const bind = library.func('int bind(int, const void *, uint32_t)');
  const getsockname = library.func('int getsockname(int, void *, void *)');
  const connect = library.func('int connect(int, const void *, uint32_t)');
  const close = library.func('int close(int)');
  const setsockopt = library.func('int setsockopt(int, int, int, const void *, uint32_t)');
  const getsockopt = library.func('int getsockopt(int, int, int, void *, void *)');
  const mmap = library.func('void *mmap(void *, size_t, int, int, int, int64_t)');
  const munmap = library.func('int munmap(void *, size_t)');
  const ifNameToIndex = library.func('uint32_t if_nametoindex(const char *)');
  const ioctl = library.func('int ioctl(int, unsigned long, void *)');
  const sendmmsg = library.func('int sendmmsg(int, void *, uint32_t, int)');
  const sendto = library.func('int64_t sendto(int, const void *, size_t, int, const void *, uint32_t)');
  const send = library.func('int64_t send(int, const void *, size_t, int)');
  const recv = library.func('int64_t recv(int, void *, size_t, int)');
  const socketpair = library.func('int socketpair(int, int, int, void *)');
  const sendmsg = library.func('int64_t sendmsg(int, void *, int)');
  const recvmsg = library.func('int64_t recvmsg(int, void *, int)');
  const fcntl = library.func('int fcntl(int, int, int)');
  const eventfd = library.func('int eventfd(uint32_t, int)');
  const write = library.func('int64_t write(int, const void *, size_t)');
  const read = library.func('int64_t read(int, void *, size_t)');
  const setns = library.func('int setns(int, int)');
  const clockGettime = library.func('int clock_gettime(int, void *)');
  const poll = library.func('int poll(void *, uint64_t, int)');

  const checked = (op: string, result: number): number => {
    if (result < 0) throw new LinuxError(op, koffi.errno());
    return result;
  };
  const unlessNoneWaiting = (op: string, length: number): number =>
    length < 0 && koffi.errno() === EAGAIN ? 0 : checked(op, length);
  /** What calls on other threads are given: V8 must not collect such memory before they end. */
  const inUse = new Set<unknown>();
  const aside = <Result>(call: Pick<typeof poll, 'async'>, ...given: unknown[]): Promise<Result> =>
    new Promise((resolve) => {
      inUse.add(given);
      call.async(...given, (_error: unknown, result: Result) => {
        inUse.delete(given);
        resolve(result);
      });
    });
  const map: Libc['map'] = (descriptor, length, offset = 0) =>
    mapped(mmap(null, length, PROT_READ_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, offset), length);
  const mapped = (pointer: bigint, length: number): { address: Address; memory: ArrayBuffer } => {
    if (pointer === MAP_FAILED) throw new LinuxError('mmap', koffi.errno());
    return { address: Number(pointer), memory: koffi.view(pointer, length) };
  };
  const setOption: Libc['setOption'] = (op, descriptor, level, option, value) =>
    void checked(`setsockopt ${op}`, setsockopt(descriptor, level, option, value, value.length));

  return {
    socket: (domain, type, protocol) => checked('socket', socket(domain, type, protocol)),
    bind: (descriptor, address) => void checked('bind', bind(descriptor, address, address.length)),
    bindAside: async (descriptor, address) =>
      (await aside<number>(bind, descriptor, address, address.length)) >= 0,
    socketAddress: (descriptor, address) =>
      void checked('getsockname', getsockname(descriptor, address, Uint32Array.of(address.length))),
    connect: (descriptor, address) => void checked('connect', connect(descriptor, address, address.length)),
    close: (descriptor) => void checked('close', close(descriptor)),
    setOption,
    getOption: (op, descriptor, level, option, value) => {
      const length = Uint32Array.of(value.length);
      checked(`getsockopt ${op}`, getsockopt(descriptor, level, option, value, length));
    },
    map,
    mapAt: (address, descriptor, length) => {
      const flags = MAP_SHARED | MAP_FIXED | MAP_POPULATE;
      const pointer = mmap(BigInt(address), length, PROT_READ_WRITE, flags, descriptor, 0);
      if (pointer === MAP_FAILED) throw new LinuxError('mmap', koffi.errno());
    },
    mapMemory: (length) =>
      mapped(mmap(null, length, PROT_READ_WRITE, MAP_NEW_MEMORY, NO_DESCRIPTOR, 0), length),
    mapMemoryAt: (address, length) => {
      const flags = MAP_NEW_MEMORY | MAP_FIXED;
      const pointer = mmap(BigInt(address), length, PROT_READ_WRITE, flags, NO_DESCRIPTOR, 0);
      if (pointer === MAP_FAILED) throw new LinuxError('mmap', koffi.errno());
    },
    unmap: (address, length) => void checked('munmap', munmap(address, length)),
    allocate: (length) => {
      const pointer = koffi.alloc('uint8_t', length);
      const memory = koffi.view(pointer, length);
      new Uint8Array(memory).fill(0);
      return { address: Number(pointer), memory };
    },
    free: (address) => koffi.free(BigInt(address)),
    interfaceIndex: (device) => {
      const index = ifNameToIndex(device);
      if (index === 0) throw new LinuxError(`if_nametoindex ${device}`, koffi.errno());
      return index;
    },
    ioctl: (op, ...request) => void checked(`ioctl ${op}`, ioctl(...request)),
    ioctlAside: (...request) => aside(ioctl, ...request),
    sendMessages: (descriptor, messages, count) => {
      const sent = sendmmsg(descriptor, messages, count, 0);
      return sent < 0 ? -koffi.errno() : sent;
    },
    sendNothing: (descriptor) =>
      sendto(descriptor, null, 0, MSG_DONTWAIT, null, 0) < 0 ? -koffi.errno() : 0,
    send: (descriptor, bytes) => void checked('send', send(descriptor, bytes, bytes.length, 0)),
    receive: (descriptor, bytes) =>
      unlessNoneWaiting('recv', recv(descriptor, bytes, bytes.length, MSG_DONTWAIT)),
    socketPair: () => {
      const pair = new Int32Array(2);
      checked('socketpair', socketpair(AF_UNIX, SOCK_SEQPACKET_CLOEXEC, 0, pair));
      return [pair[0], pair[1]];
    },
    sendMessage: (descriptor, header) => {
      const sent = sendmsg(descriptor, header, MSG_DONTWAIT | MSG_NOSIGNAL);
      return sent < 0 && koffi.errno() === EAGAIN ? false : checked('sendmsg', sent) >= 0;
    },
    receiveMessage: (descriptor, header) =>
      unlessNoneWaiting('recvmsg', recvmsg(descriptor, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)),
    duplicate: (descriptor) => checked('fcntl F_DUPFD_CLOEXEC', fcntl(descriptor, F_DUPFD_CLOEXEC, 0)),
    eventDescriptor: () => checked('eventfd', eventfd(0, EFD_NONBLOCK_CLOEXEC)),
    write: (descriptor, bytes) => void checked('write', write(descriptor, bytes, bytes.length)),
    read: (descriptor, bytes) => unlessNoneWaiting('read', read(descriptor, bytes, bytes.length)),
    pollHere: (descriptors, timeoutMs) => Math.max(0, poll(descriptors, descriptors.length / 8, timeoutMs)),
    enterNamespace: (descriptor) => void checked('setns', setns(descriptor, CLONE_NEWNET)),
    wallClock: (time) => void clockGettime(CLOCK_REALTIME, time),
    poll: (descriptors, timeoutMs) => aside(poll, descriptors, descriptors.length / 8, timeoutMs),
    // errno belongs to the other thread: what failed there is done again here, for its reason.
    setOptionAside: async (op, descriptor, level, option, value) => {
      const result = await aside<number>(setsockopt, descriptor, level, option, value, value.length);
      if (result < 0) setOption(op, descriptor, level, option, value);
    },
    sendAside: async (descriptor, bytes) =>
      (await aside<number>(send, descriptor, bytes, bytes.length, 0)) >= 0,
    receiveAside: (descriptor, bytes) => aside(recv, descriptor, bytes, bytes.length, MSG_DONTWAIT),
    mapAside: async (descriptor, length) => {
      const flags = MAP_SHARED | MAP_POPULATE;
      const pointer = await aside<bigint>(mmap, null, length, PROT_READ_WRITE, flags, descriptor, 0);
      return pointer === MAP_FAILED ? map(descriptor, length) : mapped(pointer, length);
    },
    unmapAside: (address, length) => aside(munmap, address, length),
  };
}

/**
 * Binds flock(2) on a whole file, nonblocking. The lock belongs to the open file, and ends with its last descriptor.
 * Unlike ring I/O it works on any architecture, with any C library that the process has.
 * @returns a function that locks a descriptor, and returns false when another open file has the lock; it throws
 * LinuxError
 * @throws MissingPackageError without koffi (rejects)
 */
export async function openFlock(): Promise<(descriptor: number) => boolean> {
  const { default: koffi } = await importOptional('koffi', () => import('koffi'));
  const flock = koffi.load(null).func('int flock(int, int)');
  return (descriptor) => {
    if (flock(descriptor, LOCK_EX_NB) === 0) return true;
    if (koffi.errno() === EAGAIN) return false;
    throw new LinuxError('flock', koffi.errno());
  };
}
