/** `traffic-mirror status --live` and `--ready`: a probe of the running daemon, for what runs commands as probes. */
import type { ProbeName } from '../status/probes.js';
import { readProbe } from '../status/status-server.js';
import { CommandError, EXIT_BAD_INPUT } from './command-error.js';
import { noAnswer } from './running-daemon.js';
import { safeLine } from './terminal-text.js';

/** @throws CommandError with the reasons when the answer is no, or none comes (rejects) */
export async function probe(directory: string, name: ProbeName): Promise<void> {
  const { ok, reasons, notes } = await readProbe(directory, name).catch((error: Error) => {
    throw noAnswer(directory, error);
  });
  if (!ok) throw new CommandError(EXIT_BAD_INPUT, ...reasons.map((reason) => `not ${name}: ${reason}`));
  process.stdout.write([name, ...notes.map((note) => safeLine(`note: ${note}`)), ''].join('\n'));
}
