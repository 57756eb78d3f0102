/**
 * Landlock (landlock(7)): a thread gives up rights for itself, for whatever it executes, and for good. What is not
 * allowed here is refused from then on, whoever the process runs as.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import type { ProcessCalls } from './process-calls.js';

/** linux/landlock.h: LANDLOCK_ACCESS_FS_*. */
const EXECUTE = 1n << 0n;
const WRITE_FILE = 1n << 1n;
const READ_FILE = 1n << 2n;
const READ_DIRECTORY = 1n << 3n;
/** How many kinds of access to files each version of the interface knows; a newer one has those of the last row. */
const FILE_ACCESS_BITS: readonly [version: number, bits: number][] = [
  [1, 13],
  [2, 14],
  [3, 15],
  [5, 16],
];
/** Versions from which TCP (bind, connect), and abstract unix sockets and signals to others, can be given up. */
const NETWORK_VERSION = 4;
const NETWORK_ACCESS = 0b11n;
const SCOPE_VERSION = 6;
const SCOPES = 0b11n;
/** struct landlock_ruleset_attr: three 64-bit numbers, of which older versions know fewer. */
const WORD_BYTES = 8;
/** struct landlock_path_beneath_attr, packed: access, then a descriptor. */
const RULE_BYTES = 12;
const RULE_DESCRIPTOR = 8;
/** open(2): names the file, and opens nothing. */
const O_PATH = 0o10000000;

const ACCESS = {
  read: READ_FILE | READ_DIRECTORY,
  execute: READ_FILE | READ_DIRECTORY | EXECUTE,
  write: READ_FILE | WRITE_FILE,
} as const;

/** What stays allowed: with a file, or with all that lies beneath a directory. `execute` and `write` include read. */
export interface AllowedPath {
  readonly path: string;
  readonly access: keyof typeof ACCESS;
}

/**
 * Confines the calling thread, and what it executes: files as allowed, no TCP (since version 4), no signals and no
 * abstract unix sockets to other processes (6), no debugging of others.
 * @param version of the kernel's interface.
 * @param allowed paths that are not there, or cannot be reached, are left out.
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
  const descriptor = openIfThere(path);
  if (descriptor === undefined) return;
  try {
    // A file has no entries to read.
    const isDirectory = fstatSync(descriptor).isDirectory();
    const rule = new DataView(new ArrayBuffer(RULE_BYTES));
    rule.setBigUint64(0, isDirectory ? ACCESS[access] : ACCESS[access] & ~READ_DIRECTORY, true);
    rule.setInt32(RULE_DESCRIPTOR, descriptor, true);
    calls.addPathRule(ruleset, new Uint8Array(rule.buffer));
  } finally {
    closeSync(descriptor);
  }
}

/** What cannot be reached now need not be allowed. */
function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, O_PATH);
  } catch {
    return undefined;
  }
}
