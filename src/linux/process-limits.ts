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

/** Whose files a process may read, by their modes: credentials(7). */
export interface Reader {
  readonly userId: number;
  readonly groupIds: readonly number[];
  /** It may read every file: CAP_DAC_OVERRIDE or CAP_DAC_READ_SEARCH. */
  readonly readsAll: boolean;
}

/** capabilities(7): CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH. */
const READS_ALL = 0b110n;

/** @throws Error when it cannot be read */
export function readerOf(process: number): Reader {
  return readerIn(readFileSync(`/proc/${process}/status`, 'utf8'));
}

/** @param status text of /proc/PID/status. */
export function readerIn(status: string): Reader {
  // Real, effective, saved, and that of file systems.
  const idOf = (name: string): number =>
    Number(new RegExp(`^${name}:(?:\\s+\\d+){3}\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const others = /^Groups:[ \t]*(.*)$/m.exec(status)?.[1]?.match(/\d+/g) ?? [];
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return {
    userId: idOf('Uid'),
    groupIds: [idOf('Gid'), ...others.map(Number)],
    readsAll: (effective & READS_ALL) !== 0n,
  };
}

/** By the mode alone: access control lists may say otherwise. */
export function mayRead(
  { userId, groupIds, readsAll }: Reader,
  file: { readonly uid: number; readonly gid: number; readonly mode: number },
): boolean {
  if (readsAll) return true;
  if (file.uid === userId) return (file.mode & 0o400) !== 0;
  return (file.mode & (groupIds.includes(file.gid) ? 0o040 : 0o004)) !== 0;
}
