/** Programs that the packaging runs. */
import { execFileSync } from 'node:child_process';

const MAXIMUM_OUTPUT_BYTES = 1 << 26;

/** A reason why there is no package, for whoever asked for one: one line. */
export class PackageError extends Error {}

export interface RunOptions {
  readonly directory?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

/** Runs a program to its end. @returns what it printed. @throws PackageError with what it complained of. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): string {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: MAXIMUM_OUTPUT_BYTES,
      cwd: options.directory,
      env: options.environment ?? process.env,
    });
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    const why = code === 'ENOENT' ? 'it is not installed' : (stderr ?? '').trim() || (error as Error).message;
    throw new PackageError(`${command} ${args.slice(0, 2).join(' ')}: ${why}`, { cause: error });
  }
}
