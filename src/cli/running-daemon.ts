/** The daemon that runs, as commands find it. */
import { existsSync } from 'node:fs';
import { type LooseDirectory, looseDirectoryOf, looseStateDirectory } from '../config/loose.js';
import { DEFAULT_STATE_DIRECTORY } from '../config/schema.js';
import { readTextFrom } from '../config/text-file.js';
import { STANDARD_STREAM } from '../io/pcap/standard-stream.js';
import { statusSocketPath } from '../status/status-server.js';
import { CommandError, EXIT_BAD_INPUT } from './command-error.js';
import { safeText } from './terminal-text.js';

/**
 * The state directory of the running daemon. A configuration with problems will do: the daemon may run with an earlier one.
 * Where it does not tell the directory, the default one is taken, and standard error says so.
 * @param config its configuration file, `-` for standard input; absent: the default directory
 */
export async function stateDirectory(config: string | undefined): Promise<string> {
  if (config === undefined) return DEFAULT_STATE_DIRECTORY;
  const { directory, doubt } = await readLoosely(config);
  if (doubt !== undefined) process.stderr.write(`${safeText(doubt)}\n`);
  return directory;
}

async function readLoosely(config: string): Promise<LooseDirectory> {
  if (config !== STANDARD_STREAM) return looseStateDirectory(config);
  return looseDirectoryOf('<stdin>', await readTextFrom(process.stdin));
}

/** True when there is a socket of a daemon whose configuration does not name another directory. */
export function hasDefaultDaemon(): boolean {
  return existsSync(statusSocketPath(DEFAULT_STATE_DIRECTORY));
}

export function noAnswer(directory: string, error: Error): CommandError {
  return new CommandError(
    EXIT_BAD_INPUT,
    `no daemon answers on ${statusSocketPath(directory)}: ${error.message}`,
  );
}
