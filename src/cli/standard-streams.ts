/** `-` in place of a file: standard input where a file is read, standard output where one is written. */
import { STANDARD_STREAM } from '../io/pcap/standard-stream.js';
import { CommandError, EXIT_WRONG_USAGE } from './command-error.js';

/** An option that names a file. */
interface FileOption {
  /** As it is typed: `--in`. */
  readonly option: string;
  readonly file: string | undefined;
}

/** Standard input can be read once. @throws CommandError when several options name it. */
export function requireOneStandardInput(options: readonly FileOption[]): void {
  const [first, second] = options.filter(({ file }) => file === STANDARD_STREAM);
  if (second === undefined) return;
  throw new CommandError(
    EXIT_WRONG_USAGE,
    `${first?.option} and ${second.option}: only one of them can be standard input`,
  );
}

/** @throws CommandError when binary data would go to a terminal, which acts on it. */
export function refuseTerminal({ option, file }: FileOption): void {
  if (file !== STANDARD_STREAM || !process.stdout.isTTY) return;
  throw new CommandError(
    EXIT_WRONG_USAGE,
    `${option} -: standard output is a terminal, and a capture is binary; name a file, or a pipe behind it`,
  );
}
