/**
 * The rights that a process gives up, before it executes another program. With Landlock (landlock(7)) a thread gives up
 * access to files and other processes for itself and for what it executes, whoever it runs as, and cannot get it back.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { LinuxError } from './errors.js';
import { loadLibrary } from './libc.js';

/** System calls of Landlock, which have the same numbers on every architecture. */
const LANDLOCK_CREATE_RULESET = 444;
const LANDLOCK_ADD_RULE = 445;
const LANDLOCK_RESTRICT_SELF = 446;
const LANDLOCK_CREATE_RULESET_VERSION = 1;
const LANDLOCK_RULE_PATH_BENEATH = 1;
/** prctl(2). */
const PR_SET_PDEATHSIG = 1;
const PR_SET_DUMPABLE = 4;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const SIGKILL = 9;
/** sigprocmask(2). A set has a bit per signal, from 1 on, in words of the machine. */
const SIG_BLOCK = 0;
const SIGNAL_SET_WORDS = 16;
/** fcntl(2). */
const F_SETFD = 2;
/** setrlimit(2): struct rlimit is two 64-bit numbers. */
const RLIMIT_CORE = 4;
const RLIMIT_BYTES = 16;

/** linux/landlock.h: LANDLOCK_ACCESS_FS_*. */
const EXECUTE = 1n << 0n;
const WRITE_FILE = 1n << 1n;
const READ_FILE = 1n << 2n;
const READ_DIRECTORY = 1n << 3n;
/** Kinds of access to files that each version of the interface has; a newer one has at least those of the last row. */
const FILE_ACCESS_BITS: readonly [version: number, bits: number][] = [
  [1, 13],
  [2, 14],
  [3, 15],
  [5, 16],
];
/** First versions that restrict TCP (bind, connect), and abstract unix sockets and signals to other processes. */
const NETWORK_VERSION = 4;
const NETWORK_ACCESS = 0b11n;
const SCOPE_VERSION = 6;
const SCOPES = 0b11n;
/** struct landlock_ruleset_attr: three 64-bit numbers; older versions have fewer. */
const WORD_BYTES = 8;
/** struct landlock_path_beneath_attr, packed: access, then a descriptor. */
const RULE_BYTES = 12;
const RULE_DESCRIPTOR = 8;
/** open(2): a descriptor that only names the file. */
const O_PATH = 0o10000000;

const ACCESS = {
  read: READ_FILE | READ_DIRECTORY,
  execute: READ_FILE | READ_DIRECTORY | EXECUTE,
  write: READ_FILE | WRITE_FILE,
} as const;

/** Calls that fail throw a LinuxError. All but `limitCoreDumps` and `hideMemory` apply to the calling thread. */
export interface ProcessCalls {
  /** @returns the version of Landlock's interface */
  landlockVersion(): number;
  /** @param attributes struct landlock_ruleset_attr. @returns a descriptor */
  createRuleset(attributes: Uint8Array): number;
  /** @param attributes struct landlock_path_beneath_attr */
  addPathRule(ruleset: number, attributes: Uint8Array): void;
  restrictSelf(ruleset: number): void;
  /** A program that it executes gets no more rights than it has (no_new_privs). */
  gainNothing(): void;
  /** Runs on one processor only. @throws LinuxError: EINVAL for one that is not there, or not allowed */
  setProcessor(cpu: number): void;
  /** Ends the process with its parent. */
  endWithParent(): void;
  /** Takes a capability from all programs executed later. @returns false when that is not permitted */
  dropCapability(capability: number): boolean;
  /** This process and its children leave no core dumps. */
  limitCoreDumps(): void;
  /** Prevents core dumps and debuggers of the same user, until a program is executed. */
  hideMemory(): void;
  /** Blocks a signal, also in the executed program until that unblocks it. */
  blockSignal(signal: NodeJS.Signals): void;
  /** Keeps a descriptor open in the executed program. */
  keepOpen(descriptor: number): void;
  /** Executes a program, and does not return. @param environment each one `NAME=value` */
  execute(path: string, argumentList: readonly string[], environment: readonly string[]): never;
}

/** Access that stays allowed to a file, or to everything below a directory. `execute` and `write` include read. */
export interface AllowedPath {
  readonly path: string;
  readonly access: keyof typeof ACCESS;
}

/** @throws UnsupportedPlatformError, MissingPackageError (reject), as `openLibc` */
export async function openProcessCalls(): Promise<ProcessCalls> {
  const { koffi, library } = await loadLibrary();
  const createRuleset = library.func('syscall', 'long', ['long', 'void *', 'size_t', 'uint32_t']);
  const addRule = library.func('syscall', 'long', ['long', 'int', 'int', 'void *', 'uint32_t']);
  const restrictSelf = library.func('syscall', 'long', ['long', 'int', 'uint32_t']);
  const prctl = library.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)');
  const setrlimit = library.func('int setrlimit(int, const void *)');
  const sigprocmask = library.func('int sigprocmask(int, const void *, void *)');
  const setaffinity = library.func('int sched_setaffinity(int, size_t, const void *)');
  const fcntl = library.func('int fcntl(int, int, int)');
  const execve = library.func('int execve(const char *, const char **, const char **)');

  const checked = (op: string, result: number): number => {
    if (result < 0) throw new LinuxError(op, koffi.errno());
    return result;
  };
  return {
    landlockVersion: () =>
      checked(
        'landlock_create_ruleset',
        createRuleset(LANDLOCK_CREATE_RULESET, null, 0, LANDLOCK_CREATE_RULESET_VERSION),
      ),
    createRuleset: (attributes) =>
      checked(
        'landlock_create_ruleset',
        createRuleset(LANDLOCK_CREATE_RULESET, attributes, attributes.length, 0),
      ),
    addPathRule: (ruleset, attributes) =>
      void checked(
        'landlock_add_rule',
        addRule(LANDLOCK_ADD_RULE, ruleset, LANDLOCK_RULE_PATH_BENEATH, attributes, 0),
      ),
    restrictSelf: (ruleset) =>
      void checked('landlock_restrict_self', restrictSelf(LANDLOCK_RESTRICT_SELF, ruleset, 0)),
    gainNothing: () => void checked('prctl PR_SET_NO_NEW_PRIVS', prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)),
    setProcessor: (cpu) => {
      const set = new Uint8Array(8 * Math.ceil((cpu + 1) / 64));
      set[cpu >>> 3] = 1 << (cpu & 7);
      checked('sched_setaffinity', setaffinity(0, set.length, set));
    },
    endWithParent: () => void checked('prctl PR_SET_PDEATHSIG', prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)),
    dropCapability: (capability) => prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) === 0,
    limitCoreDumps: () => void checked('setrlimit', setrlimit(RLIMIT_CORE, new Uint8Array(RLIMIT_BYTES))),
    hideMemory: () => void checked('prctl PR_SET_DUMPABLE', prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)),
    blockSignal: (signal) => {
      const set = new BigUint64Array(SIGNAL_SET_WORDS);
      set[0] = 1n << BigInt(constants.signals[signal] - 1);
      checked('sigprocmask', sigprocmask(SIG_BLOCK, set, null));
    },
    keepOpen: (descriptor) => void checked('fcntl F_SETFD', fcntl(descriptor, F_SETFD, 0)),
    execute: (path, argumentList, environment) => {
      execve(path, [...argumentList, null], [...environment, null]);
      throw new LinuxError(`execve ${path}`, koffi.errno());
    },
  };
}

/**
 * Confines the calling thread, and the programs that it executes: only the allowed files, no TCP (since version 4), no
 * signals and no abstract unix sockets to other processes (since 6), no debugging of other processes.
 * @param version the version of the kernel's interface
 * @param allowed paths that do not exist or cannot be reached are ignored
 * @throws LinuxError
 */
export function confineThread(calls: ProcessCalls, version: number, allowed: readonly AllowedPath[]): void {
  const ruleset = calls.createRuleset(rulesetAttributes(version));
  try {
    for (const one of allowed) allow(calls, ruleset, one);
    calls.gainNothing();
    calls.restrictSelf(ruleset);
  } finally {
    closeSync(ruleset);
  }
}

function rulesetAttributes(version: number): Uint8Array {
  const bits = FILE_ACCESS_BITS.findLast(([since]) => version >= since)?.[1] ?? 0;
  const words = [(1n << BigInt(bits)) - 1n];
  if (version >= NETWORK_VERSION) words.push(NETWORK_ACCESS);
  if (version >= SCOPE_VERSION) words.push(SCOPES);
  const attributes = new DataView(new ArrayBuffer(words.length * WORD_BYTES));
  for (const [index, word] of words.entries()) attributes.setBigUint64(index * WORD_BYTES, word, true);
  return new Uint8Array(attributes.buffer);
}

function allow(calls: ProcessCalls, ruleset: number, { path, access }: AllowedPath): void {
  const descriptor = openIfReachable(path);
  if (descriptor === undefined) return;
  try {
    // The right to read a directory is not valid for a file.
    const isDirectory = fstatSync(descriptor).isDirectory();
    const rule = new DataView(new ArrayBuffer(RULE_BYTES));
    rule.setBigUint64(0, isDirectory ? ACCESS[access] : ACCESS[access] & ~READ_DIRECTORY, true);
    rule.setInt32(RULE_DESCRIPTOR, descriptor, true);
    calls.addPathRule(ruleset, new Uint8Array(rule.buffer));
  } finally {
    closeSync(descriptor);
  }
}

/** @returns undefined for a path that cannot be reached, which need not be allowed */
function openIfReachable(path: string): number | undefined {
  try {
    return openSync(path, O_PATH);
  } catch {
    return undefined;
  }
}
