/** The secret of this host by which network identifiers of matches are chosen, in the state directory. */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Its file's name. */
const HOST_KEY_NAME = 'selector-key';
const KEY_BYTES = 32;
const MODE = 0o600;

/**
 * Reads the key, or makes one.
 * @param stateDirectory it exists, and its lock is held
 * @throws Error of the system
 */
export function hostKey(stateDirectory: string): Uint8Array {
  const path = join(stateDirectory, HOST_KEY_NAME);
  const known = readIfThere(path);
  if (known?.length === KEY_BYTES) return known;
  const key = randomBytes(KEY_BYTES);
  // Under another name first: a key that was cut short would be another one at the next start.
  const draft = `${path}.new`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const descriptor = openSync(draft, flags, MODE);
  try {
    writeSync(descriptor, key);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, path);
  return key;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
