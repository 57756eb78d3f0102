/** How commands find the daemon that runs. */
import { DEFAULT_STATE_DIRECTORY } from '../config/settings-schema.js';
import { statusSocketPath } from '../status/status-server.js';
import { CommandError } from './command-error.js';
import { requireConfiguration } from './configuration.js';
import { EXIT_BAD_INPUT } from './exit-codes.js';

/** @param config the daemon's configuration file; absent: the default directory. @throws CommandError */
export async function stateDirectory(config: string | undefined): Promise<string> {
  return config === undefined
    ? DEFAULT_STATE_DIRECTORY
    : (await requireConfiguration(config)).state.directory;
}

export function noAnswer(directory: string, error: Error): CommandError {
  return new CommandError(
    EXIT_BAD_INPUT,
    `no daemon answers on ${statusSocketPath(directory)}: ${error.message}`,
  );
}
