/** Which I/O an engine can have on this machine. */
import { REJECT_ALL } from '../linux/classic-bpf.js';
import { openLibc } from '../linux/libc.js';
import { PacketRing } from '../linux/packet-ring.js';
import type { EngineOptions } from '../plan/mirror-plan.js';

export interface IoChoice {
  readonly io: 'ring' | 'libpcap';
  /** Why it is not the ring, where the ring was wanted; else empty. */
  readonly reason: string;
}

/** Tries a small ring. @throws what the ring said when the plan allows nothing else. */
export async function chooseIo(wanted: EngineOptions['io']): Promise<IoChoice> {
  if (wanted === 'libpcap') return { io: 'libpcap', reason: '' };
  try {
    new PacketRing(await openLibc(), { direction: 'ingress', megabytes: 1, filter: REJECT_ALL }).close();
    return { io: 'ring', reason: '' };
  } catch (error) {
    if (wanted === 'ring' || !(error instanceof Error)) throw error;
    return { io: 'libpcap', reason: error.message };
  }
}
