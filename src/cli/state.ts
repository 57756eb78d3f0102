/** `traffic-mirror state`: verifies and repairs the state file of the control API while no daemon runs. */
import { existsSync } from 'node:fs';
import { stateFileIn } from '../api/state/disk.js';
import { type Inspection, inspectState, repairState } from '../api/state/repair.js';
import type { Break } from '../api/state/scan.js';
import { AlreadyRunningError, StateDirectory, StateDirectoryError } from '../daemon/state-directory.js';
import { CommandError, EXIT_BAD_INPUT } from './command-error.js';
import { requireConfiguration } from './configuration.js';

/** Prints what the file holds. @throws CommandError when a daemon would not start with it (rejects) */
export async function verify({ config }: { config: string }): Promise<void> {
  await withStateFile(config, 'state verify', async (path) => {
    const inspection = await inspectState(path);
    const { break: problem } = inspection;
    print(`${path}: ${summaryOf(inspection)}`);
    if (problem === undefined) return;
    if (problem.kind === 'torn') {
      print(
        `${path}: ${placeOf(problem)}: ${problem.why}: a write that was cut short; the daemon cuts it off`,
      );
      return;
    }
    throw new CommandError(EXIT_BAD_INPUT, `${path}: ${placeOf(problem)}: ${helpOf(problem, config)}`);
  });
}

/** Cuts off the damaged part, and prints where it is kept. @throws CommandError (rejects) */
export async function repair({ config }: { config: string }): Promise<void> {
  await withStateFile(config, 'state repair', async (path) => {
    const { inspection, cut } = await repairState(path);
    const { break: problem, end, records } = inspection;
    if (problem === undefined) {
      print(`${path}: ${summaryOf(inspection)}; nothing to repair`);
      return;
    }
    if (cut === undefined) {
      throw new CommandError(EXIT_BAD_INPUT, `${path}: ${placeOf(problem)}: ${helpOf(problem, config)}`);
    }
    print(`${path}: ${placeOf(problem)}: ${problem.why}`);
    print(`${path}: cut off from byte ${end.bytes} on; ${records} records are left`);
    print(`${cut.keptIn}: the ${cut.bytes} bytes that were cut off`);
  });
}

/** @throws CommandError when the state directory is in use, or the file cannot be read or written (rejects) */
async function withStateFile(
  config: string,
  command: string,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const directory = (await requireConfiguration(config)).state.directory;
  const path = stateFileIn(directory);
  if (!existsSync(path)) {
    print(`${path}: not there; a daemon starts without it`);
    return;
  }
  try {
    const owned = await StateDirectory.acquire(directory, command);
    try {
      await use(path);
    } finally {
      owned.release();
    }
  } catch (error) {
    throw asCommandError(error);
  }
}

function asCommandError(error: unknown): unknown {
  if (error instanceof AlreadyRunningError) {
    return new CommandError(EXIT_BAD_INPUT, `${error.message}: stop it first`);
  }
  const isExpected = error instanceof StateDirectoryError || (error instanceof Error && 'syscall' in error);
  return isExpected ? new CommandError(EXIT_BAD_INPUT, error.message) : error;
}

function summaryOf({ format, records, bytes, break: problem }: Inspection): string {
  const what = format === undefined ? 'unknown format' : format === 0 ? 'empty' : `format ${format}`;
  return `${what}, ${records} ${problem === undefined ? 'records, all good' : 'good records'}, ${bytes} bytes`;
}

function placeOf({ record, offset }: Break): string {
  return `record ${record}, at byte ${offset}`;
}

function helpOf({ kind, why }: Break, config: string): string {
  return kind === 'unsupported'
    ? `${why}, of a later version of traffic-mirror: use that`
    : `damaged: ${why}; restore the file from a copy, or cut it off there: traffic-mirror state repair --config ${config}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
