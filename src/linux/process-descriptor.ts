/** pidfd_open(2): a process by a descriptor, which no later process with its number can have. */
import { LinuxError } from './errors.js';
import { loadLibrary } from './libc.js';

/** The number of the call, on x64 and arm64. Debian 11 and Ubuntu 22.04 have no function for it. */
const SYS_PIDFD_OPEN = 434;

/** Opens a process. @returns a descriptor, readable when the process has ended. @throws LinuxError ESRCH */
export type OpenProcess = (processId: number) => number;

/** @throws UnsupportedPlatformError, MissingPackageError (reject), as `loadLibrary` */
export async function openProcessOpener(): Promise<OpenProcess> {
  const { koffi, library } = await loadLibrary();
  const systemCall = library.func('long syscall(long, long, long)');
  return (processId) => {
    const descriptor = Number(systemCall(SYS_PIDFD_OPEN, processId, 0));
    if (descriptor < 0) throw new LinuxError('pidfd_open', koffi.errno());
    return descriptor;
  };
}
