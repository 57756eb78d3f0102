/** The privilege that mirroring needs, checked before anything is started. */
import { readFileSync } from 'node:fs';

/** capabilities(7): raw and packet sockets. */
const CAP_NET_RAW = 13n;

/** @returns the capability that this process lacks, or undefined. */
export function missingCapability(): string | undefined {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> CAP_NET_RAW) & 1n) === 1n ? undefined : 'CAP_NET_RAW';
}
