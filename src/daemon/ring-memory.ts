/** How much memory the capture rings may have where the configuration does not say. */
import { totalmem } from 'node:os';

const MEBIBYTE = 1 << 20;
const SHARE = 1 / 4;

/**
 * A quarter of the machine's memory, or of what the control group allows, in MiB.
 * @param constrainedBytes 0, or more than there is: nothing is.
 */
export function defaultRingMegabytes(
  totalBytes = totalmem(),
  constrainedBytes = process.constrainedMemory(),
): number {
  const bytes = constrainedBytes > 0 ? Math.min(totalBytes, constrainedBytes) : totalBytes;
  return Math.max(1, Math.floor((bytes * SHARE) / MEBIBYTE));
}
