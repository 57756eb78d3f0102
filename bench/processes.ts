/** What processes and the machine used, from proc(5). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

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

/** The process and all that it started, as they are now. */
export function processTree(pid: number): number[] {
  const found = [pid];
  for (const parent of found) {
    for (const thread of readdirSync(`/proc/${parent}/task`)) {
      const children = readFileSync(`/proc/${parent}/task/${thread}/children`, 'utf8').trim();
      if (children !== '') found.push(...children.split(' ').map(Number));
    }
  }
  return found;
}

/** Resident bytes of a process that are mapped from sockets: its rings. */
export function ringBytes(pid: number): number {
  return socketBytes(readFileSync(`/proc/${pid}/smaps`, 'utf8'));
}

/** Resident bytes of the mappings of sockets. @param maps text of /proc/PID/smaps. */
export function socketBytes(maps: string): number {
  let isSocket = false;
  let kibibytes = 0;
  for (const line of maps.split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) isSocket = line.includes(' socket:');
    else if (isSocket && line.startsWith('Rss:')) kibibytes += Number(/\d+/.exec(line)?.[0]);
  }
  return kibibytes * KIBIBYTE;
}

/**
 * Whether this kernel leaves soft interrupts that run on top of a process out of the process's CPU time; undefined: it does
 * not tell.
 */
export function accountsInterruptsApart(): boolean | undefined {
  const file = '/proc/config.gz';
  if (!existsSync(file)) return undefined;
  return gunzipSync(readFileSync(file)).includes('CONFIG_IRQ_TIME_ACCOUNTING=y');
}
