/** `traffic-mirror status --live` and `--ready`: probes of the running daemon, for what runs commands as probes. */
import type { ProbeName } from '../status/probes.js';
import { readProbe } from '../status/status-server.js';
import { CommandError, EXIT_BAD_INPUT } from './command-error.js';
import { noAnswer, stateDirectory } from './running-daemon.js';
import { safeLine } from './terminal-text.js';

interface ProbeOptions {
  readonly config?: string;
  readonly live?: true;
  readonly ready?: true;
}

/** Asks one or both. @throws CommandError with the reasons when an answer is no, or none comes (rejects) */
export async function probe(options: ProbeOptions): Promise<void> {
  const directory = await stateDirectory(options.config);
  for (const name of ['live', 'ready'] as const) if (options[name] === true) await ask(directory, name);
}

async function ask(directory: string, name: ProbeName): Promise<void> {
  const { ok, reasons, notes } = await readProbe(directory, name).catch((error: Error) => {
    throw noAnswer(directory, error);
  });
  if (!ok) throw new CommandError(EXIT_BAD_INPUT, ...reasons.map((reason) => `not ${name}: ${reason}`));
  process.stdout.write([name, ...notes.map((note) => safeLine(`note: ${note}`)), ''].join('\n'));
}
