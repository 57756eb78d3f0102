/** What engines are kept from, and how they are started so. */
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
 * Until its first line of code runs, node opens its inspector for a SIGUSR1. A node that cannot be told not to is told
 * an address that no machine has (RFC 1112: class E).
 */
const DISABLE_SIGUSR1 = '--disable-sigusr1';
const NO_INSPECTOR = process.allowedNodeEnvironmentFlags.has(DISABLE_SIGUSR1)
  ? DISABLE_SIGUSR1
  : '--inspect-port=240.0.0.1:1024';
/** What an engine gets of the daemon's environment: nothing that may be a secret. */
const ENVIRONMENT: readonly string[] = ['PATH', 'TZ', 'NODE_ENV', 'NODE_OPTIONS', 'OPENSSL_CONF'];
const ENVIRONMENT_PREFIXES: readonly string[] = ['LANG', 'LC_', 'LD_', 'MALLOC_', 'UV_'];

/** How engines are started. */
export interface Confinement {
  /** `abi N`; `unavailable: REASON`; `off`. */
  readonly landlock: string;
  /** Of Landlock's interface; undefined: engines run without it. */
  readonly landlockVersion: number | undefined;
  readonly allowsCoreDumps: boolean;
  /** To open namespaces with; undefined where system calls cannot be made: engines then cannot enter any. */
  readonly libc: Libc | undefined;
}

export interface ConfinementOptions {
  /** Undefined where system calls cannot be made. */
  readonly calls: Pick<ProcessCalls, 'landlockVersion'> | undefined;
  readonly libc: Libc | undefined;
  readonly isWanted: boolean;
  readonly allowsCoreDumps: boolean;
}

/** Asks the kernel what there is. Never fails: an engine that is not confined mirrors too. */
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

/** landlock_create_ruleset(2). */
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
  /** Of node. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** @param environment of the daemon. */
export function engineCommand(
  { landlockVersion, allowsCoreDumps }: Confinement,
  environment: NodeJS.ProcessEnv,
): EngineCommand {
  const env = Object.fromEntries(Object.entries(environment).filter(([name]) => isPassedOn(name)));
  const args = [NO_INSPECTOR, ENGINE, ...(allowsCoreDumps ? [ALLOW_CORE_DUMPS] : [])];
  if (landlockVersion === undefined) return { args, env };
  const { NODE_OPTIONS: nodeOptions, ...rest } = env;
  const launch: EngineLaunch = { landlockVersion, arguments: args, nodeOptions };
  return { args: [NO_INSPECTOR, LAUNCHER, JSON.stringify(launch)], env: rest };
}

function isPassedOn(name: string): boolean {
  return ENVIRONMENT.includes(name) || ENVIRONMENT_PREFIXES.some((prefix) => name.startsWith(prefix));
}
