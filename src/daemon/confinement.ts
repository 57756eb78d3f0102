/** Privileges: the capability that the daemon needs, and how engines are started with less. */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { EngineLaunch } from '../engine/launch-engine.js';
import { ALLOW_CORE_DUMPS } from '../engine/messages.js';
import { LinuxError } from '../linux/errors.js';
import type { Libc } from '../linux/libc.js';
import type { ProcessCalls } from '../linux/process-rights.js';

const ENGINE = fileURLToPath(new URL('../engine/main.js', import.meta.url));
const LAUNCHER = fileURLToPath(new URL('../engine/launch.js', import.meta.url));
/**
 * Until its first line of code runs, Node opens its inspector for a SIGUSR1. A version without the option to disable that
 * gets an address that no machine has (RFC 1112: class E).
 */
const DISABLE_SIGUSR1 = '--disable-sigusr1';
const NO_INSPECTOR = process.allowedNodeEnvironmentFlags.has(DISABLE_SIGUSR1)
  ? DISABLE_SIGUSR1
  : '--inspect-port=240.0.0.1:1024';
/** Variables of the daemon's environment that an engine gets: none that may hold a secret. */
/** Rings are opened and closed on libuv's threads, several at once: each waits for the kernel. */
const POOL_THREADS = '16';

const ENVIRONMENT: readonly string[] = ['PATH', 'TZ', 'NODE_ENV', 'NODE_OPTIONS', 'OPENSSL_CONF'];
const ENVIRONMENT_PREFIXES: readonly string[] = ['LANG', 'LC_', 'LD_', 'MALLOC_', 'UV_'];

/** capabilities(7): raw and packet sockets. */
const CAP_NET_RAW = 13n;

/** How engines are started. */
export interface Confinement {
  /** `abi N`; `unavailable: REASON`; `off`. */
  readonly landlock: string;
  /** The version of Landlock's interface; undefined: engines run without Landlock. */
  readonly landlockVersion: number | undefined;
  readonly allowsCoreDumps: boolean;
  /** For opening namespaces; undefined without koffi: then engines cannot enter any. */
  readonly libc: Libc | undefined;
}

export interface ConfinementOptions {
  /** Undefined without koffi. */
  readonly calls: Pick<ProcessCalls, 'landlockVersion'> | undefined;
  readonly libc: Libc | undefined;
  readonly isWanted: boolean;
  readonly allowsCoreDumps: boolean;
}

/** @returns the capability that this process lacks, or undefined. */
export function missingCapability(): string | undefined {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> CAP_NET_RAW) & 1n) === 1n ? undefined : 'CAP_NET_RAW';
}

/** Processors of a list that this process may not run on. @param wanted their numbers */
export function missingProcessors(wanted: readonly number[]): readonly number[] {
  const allowed = allowedProcessors();
  return wanted.filter((cpu) => !allowed.some(([first, last]) => cpu >= first && cpu <= last));
}

/** Ranges of processor numbers, both ends included. */
function allowedProcessors(): [number, number][] {
  const status = readFileSync('/proc/self/status', 'utf8');
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '';
  return list.split(',').map((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return [first, last];
  });
}

/** Asks the kernel for its Landlock version. Never fails: an engine without confinement mirrors too. */
export function chooseConfinement(options: ConfinementOptions): Confinement {
  const { calls, libc, isWanted, allowsCoreDumps } = options;
  const without = (landlock: string): Confinement => ({
    landlock,
    landlockVersion: undefined,
    allowsCoreDumps,
    libc,
  });
  if (!isWanted) return without('off');
  if (calls === undefined) return without('unavailable: npm package koffi is not installed');
  try {
    const landlockVersion = calls.landlockVersion();
    return { landlock: `abi ${landlockVersion}`, landlockVersion, allowsCoreDumps, libc };
  } catch (error) {
    return without(`unavailable: ${reasonOf(error)}`);
  }
}

/** Errors of landlock_create_ruleset(2), in words. */
function reasonOf(error: unknown): string {
  const { errno } = constants;
  if (!(error instanceof LinuxError)) return (error as Error).message;
  switch (error.errno) {
    case errno.ENOSYS:
      return 'this kernel has none';
    case errno.EOPNOTSUPP:
      return 'it is switched off, by lsm= on the command line of the kernel';
    default:
      return error.message;
  }
}

export interface EngineCommand {
  /** Arguments of Node. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** @param environment of the daemon. @param cpu the processor to run on; undefined: the kernel's choice. */
export function engineCommand(
  { landlockVersion, allowsCoreDumps }: Confinement,
  environment: NodeJS.ProcessEnv,
  cpu?: number,
): EngineCommand {
  const passedOn = Object.entries(environment).filter(([name]) => isPassedOn(name));
  const env: NodeJS.ProcessEnv = { UV_THREADPOOL_SIZE: POOL_THREADS, ...Object.fromEntries(passedOn) };
  const args = [NO_INSPECTOR, ENGINE, ...(allowsCoreDumps ? [ALLOW_CORE_DUMPS] : [])];
  if (landlockVersion === undefined && cpu === undefined) return { args, env };
  const { NODE_OPTIONS: nodeOptions, ...rest } = env;
  const launch: EngineLaunch = { landlockVersion, cpu, arguments: args, nodeOptions };
  return { args: [NO_INSPECTOR, LAUNCHER, JSON.stringify(launch)], env: rest };
}

function isPassedOn(name: string): boolean {
  return ENVIRONMENT.includes(name) || ENVIRONMENT_PREFIXES.some((prefix) => name.startsWith(prefix));
}
