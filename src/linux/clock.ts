/** Whether the system's clock is kept right: adjtimex(2). */
import { loadLibrary } from './libc.js';

/** struct timex of 64-bit machines. With `modes` 0 nothing is set. */
const TIMEX_BYTES = 208;
const TIMEX_STATUS = 40;
const STA_UNSYNC = 0x40;

/**
 * True while something, such as chrony or systemd-timesyncd, keeps the clock right; undefined: the kernel does not tell.
 * Never rejects.
 */
export async function isClockSynchronized(): Promise<boolean | undefined> {
  try {
    const { library } = await loadLibrary();
    const timex = new Uint8Array(TIMEX_BYTES);
    const state = library.func('int adjtimex(void *)')(timex) as number;
    if (state < 0) return undefined;
    return (new DataView(timex.buffer).getInt32(TIMEX_STATUS, true) & STA_UNSYNC) === 0;
  } catch {
    return undefined;
  }
}
