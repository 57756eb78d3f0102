/** What a process may do, and how much memory it may lock: proc(5). */
import { readFileSync } from 'node:fs';

/** capabilities(7): their numbers. */
const CAPABILITIES = {
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_IPC_LOCK: 14,
  CAP_SYS_ADMIN: 21,
} as const;

export type Capability = keyof typeof CAPABILITIES;

/** The effective capabilities among `CAPABILITIES`. @param process a number, or `self`. @throws Error when it cannot be read */
export function effectiveCapabilities(process: number | 'self'): Capability[] {
  return capabilitiesIn(readFileSync(`/proc/${process}/status`, 'utf8'));
}

/** @param status text of /proc/PID/status. */
export function capabilitiesIn(status: string): Capability[] {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const names = Object.keys(CAPABILITIES) as Capability[];
  return names.filter((name) => ((effective >> BigInt(CAPABILITIES[name])) & 1n) === 1n);
}

/** Bytes of memory that a process may lock; Infinity: no limit. @throws Error when it cannot be read */
export function lockableBytes(process: number | 'self'): number {
  return lockableBytesIn(readFileSync(`/proc/${process}/limits`, 'utf8'));
}

/** @param limits text of /proc/PID/limits. */
export function lockableBytesIn(limits: string): number {
  const soft = /^Max locked memory\s+(\S+)/m.exec(limits)?.[1] ?? 'unlimited';
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}
