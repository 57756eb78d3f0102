/** The system calls that take rights away from a process, and the one that makes it another program. */
import { constants } from 'node:os';
import { loadLibrary } from './libc.js';
import { LinuxError } from './linux-error.js';

/** Landlock has the same numbers on every architecture. */
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

/** What is refused throws a LinuxError. All but `limitCoreDumps` and `hideMemory` are of the calling thread. */
export interface ProcessCalls {
  /** @returns the version of Landlock's interface. */
  landlockVersion(): number;
  /** @param attributes struct landlock_ruleset_attr. @returns a descriptor. */
  createRuleset(attributes: Uint8Array): number;
  /** @param attributes struct landlock_path_beneath_attr. */
  addPathRule(ruleset: number, attributes: Uint8Array): void;
  restrictSelf(ruleset: number): void;
  /** What it executes has no more rights than it has itself. */
  gainNothing(): void;
  /** Ends the process with its parent. */
  endWithParent(): void;
  /** Takes a capability from whatever is executed from here on. @returns false when that is not permitted. */
  dropCapability(capability: number): boolean;
  /** Neither this process nor those that it starts leave core dumps. */
  limitCoreDumps(): void;
  /** No core dump and no debugger of the same user; until a program is executed. */
  hideMemory(): void;
  /** Holds a signal back, also in what is executed, until that takes it. */
  blockSignal(signal: NodeJS.Signals): void;
  /** The descriptor stays open in what is executed. */
  keepOpen(descriptor: number): void;
  /** Does not return. @param environment `NAME=value` each. */
  execute(path: string, argumentList: readonly string[], environment: readonly string[]): never;
}

/** @throws UnsupportedPlatformError, MissingPackageError (reject), as `openLibc`. */
export async function openProcessCalls(): Promise<ProcessCalls> {
  const { koffi, library } = await loadLibrary();
  const createRuleset = library.func('syscall', 'long', ['long', 'void *', 'size_t', 'uint32_t']);
  const addRule = library.func('syscall', 'long', ['long', 'int', 'int', 'void *', 'uint32_t']);
  const restrictSelf = library.func('syscall', 'long', ['long', 'int', 'uint32_t']);
  const prctl = library.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)');
  const setrlimit = library.func('int setrlimit(int, const void *)');
  const sigprocmask = library.func('int sigprocmask(int, const void *, void *)');
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
