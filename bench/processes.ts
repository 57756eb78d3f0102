/** What processes and the machine used, from proc(5). */
import { readFileSync } from 'node:fs';

/** USER_HZ, which every Linux that Node runs on has. */
const TICKS_PER_SECOND = 100;
const UTIME_FIELD = 13;
const STIME_FIELD = 14;
const KIBIBYTE = 1024;

/** CPU seconds that a process has used. */
export function cpuSeconds(pid: number): number {
  // The command in parentheses may hold spaces; what follows may not.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/\(.*\)/, '()')
    .split(' ');
  return (Number(fields[UTIME_FIELD]) + Number(fields[STIME_FIELD])) / TICKS_PER_SECOND;
}

/** CPU seconds that the whole machine has spent on anything but being idle. */
export function machineBusySeconds(): number {
  const line = readFileSync('/proc/stat', 'utf8').split('\n')[0];
  const [user, nice, system, , , irq, softirq] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
}

/** Resident bytes of a process. */
export function residentBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes ?? 0) * KIBIBYTE;
}
