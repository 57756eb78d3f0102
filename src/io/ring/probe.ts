/** Whether kernel rings work here, and this process may use them. */
import { REJECT_ALL } from '../../linux/classic-bpf.js';
import { openLibc } from '../../linux/libc.js';
import { PacketRing } from '../../linux/packet-ring.js';

/** Opens a small ring and closes it. @throws UnsupportedPlatformError, MissingPackageError, LinuxError (rejects) */
export async function probeRing(): Promise<void> {
  await new PacketRing(await openLibc(), { megabytes: 1, blockTimeoutMs: 1, filter: REJECT_ALL }).close();
}
