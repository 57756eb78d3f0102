/** What is known of the process, of files with secrets, of the clock and of the kernel's table of connections. */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isClockSynchronized } from '../linux/clock.js';
import {
  effectiveCapabilities,
  lockableBytes,
  mayRead,
  type Reader,
  readerOf,
} from '../linux/process-limits.js';
import type { ClockFacts, ConntrackFacts, ProcessFacts, SecretFile, SecretFileFacts } from './facts.js';
import type { Unseen } from './finding.js';
import type { Place } from './gather-places.js';
import { type NftRuleset, parseNftRuleset } from './nft-ruleset.js';
import { runTool } from './run-tool.js';

const THIS_FILE = fileURLToPath(import.meta.url);
const CONNTRACK = '/proc/sys/net/netfilter/nf_conntrack_';
/** Tables that the older iptables made, which nft does not show. */
const OLD_TABLES = ['/proc/net/ip_tables_names', '/proc/net/ip6_tables_names'];
/** Offloads that put frames together, as `ethtool -k` and `ethtool -K` name them. */
const OFFLOADS: Readonly<Record<string, string>> = {
  'tcp-segmentation-offload': 'tso',
  'generic-segmentation-offload': 'gso',
  'generic-receive-offload': 'gro',
  'large-receive-offload': 'lro',
};

/**
 * Whether a process is one that runs `traffic-mirror run`: a daemon in another PID namespace tells a number that here is
 * another's, or nobody's.
 */
export function isDaemonHere(pid: number): boolean {
  return /(^|\0)run(\0|$)/.test(attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '');
}

/** @param daemon its process; undefined: this one stands for it. */
export function lookAtProcess(daemon: number | undefined): ProcessFacts {
  const process = daemon ?? 'self';
  return {
    daemon,
    capabilities: attempt(() => effectiveCapabilities(process)),
    lockableBytes: attempt(() => lockableBytes(process)),
  };
}

/** @param reader the daemon that runs; undefined: none, or it is not known. */
export function lookAtSecret(file: SecretFile, reader?: Reader): SecretFileFacts {
  const stats = attempt(() => statSync(file.path));
  const mode = (stats?.mode ?? 0) & 0o777;
  const isHidden = stats !== undefined && reader !== undefined && !mayRead(reader, stats);
  const hiddenFrom = isHidden
    ? { userId: reader.userId, groupId: reader.groupIds[0] ?? reader.userId }
    : undefined;
  const facts = { ...file, mode, hiddenFrom };
  try {
    accessSync(file.path, constants.R_OK);
    return { ...facts, problem: undefined };
  } catch (error) {
    return { ...facts, problem: (error as NodeJS.ErrnoException).code };
  }
}

/** Undefined: it cannot be read. */
export function lookAtReader(daemon: number): Reader | undefined {
  return attempt(() => readerOf(daemon));
}

/** @param asksKernel whether something keeps it right: a service may not ask. */
export async function lookAtClock(
  configurationFile: string | undefined,
  asksKernel: boolean,
): Promise<ClockFacts> {
  return {
    nowMs: Date.now(),
    isSynchronized: asksKernel ? await isClockSynchronized() : undefined,
    configurationMs:
      configurationFile === undefined ? undefined : attempt(() => statSync(configurationFile).mtimeMs),
    programMs: attempt(() => statSync(THIS_FILE).mtimeMs),
  };
}

/** Undefined: connections are not followed, or this cannot be read. */
export function lookAtConntrack(home: Place): ConntrackFacts | undefined {
  return attempt(() =>
    home.enter(() => ({ count: numberIn(`${CONNTRACK}count`), maximum: numberIn(`${CONNTRACK}max`) })),
  );
}

export async function lookAtFirewall(
  home: Place,
): Promise<{ firewall: NftRuleset | undefined; unseen: Unseen[] }> {
  const what = 'firewall rules';
  const enter = <T>(act: () => T): T => home.enter(act);
  const result = await runTool('nft', ['-j', '-n', 'list', 'ruleset'], enter);
  const old = OLD_TABLES.filter(
    (file) => (attempt(() => home.enter(() => readFileSync(file, 'utf8'))) ?? '') !== '',
  );
  const unseen: Unseen[] =
    old.length === 0
      ? []
      : [{ what: `${what} of iptables-legacy`, why: 'nft does not show them: iptables-legacy -S' }];
  if (!result.ok) return { firewall: undefined, unseen: [...unseen, { what, why: withHint(result.reason) }] };
  try {
    return { firewall: parseNftRuleset(result.output), unseen };
  } catch (error) {
    return { firewall: undefined, unseen: [...unseen, { what, why: `nft: ${(error as Error).message}` }] };
  }
}

function withHint(reason: string): string {
  return /not permitted|denied|must be root/i.test(reason) ? `${reason}: run it as root` : reason;
}

/** Those that are on; undefined: ethtool does not tell. */
export async function lookAtOffloads(
  place: Place,
  device: string,
): Promise<{ on?: readonly string[]; why?: string }> {
  const result = await runTool('ethtool', ['-k', device], (act) => place.enter(act));
  return result.ok ? { on: offloadsIn(result.output) } : { why: result.reason };
}

/** @param output of `ethtool -k`. @returns their names for `ethtool -K`. */
export function offloadsIn(output: string): string[] {
  return output.split('\n').flatMap((line) => {
    const [, name = ''] = /^([a-z-]+): on\b(?!.*\[fixed\])/.exec(line) ?? [];
    return OFFLOADS[name] ?? [];
  });
}

function numberIn(file: string): number {
  return Number(readFileSync(file, 'utf8'));
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
