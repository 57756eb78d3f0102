#!/usr/bin/env node
/** The command line: `traffic-mirror COMMAND`. */

// The first import runs first: until then a stray signal ends the process.
import './signals.js';

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CommandError, EXIT_DONE, EXIT_INTERNAL_ERROR, EXIT_WRONG_USAGE } from './command-error.js';

/** Seen from the built file. */
const PACKAGE = new URL('../../../package.json', import.meta.url);

const CONFIG: [string, string] = ['--config <file>', 'configuration file, YAML or JSON'];

/** Each command imports what it needs when it runs, so that `check` and `status` are fast. */
function buildProgram(): Command {
  const version = packageVersion();
  const program = new Command('traffic-mirror')
    .description('Mirrors the frames of network interfaces to monitoring targets, in VXLAN.')
    .version(version)
    .exitOverride();

  const command = (name: string, description: string) => program.command(name).description(description);

  command('run', 'mirror, in the foreground')
    .requiredOption(...CONFIG)
    .option('--core-dumps', 'leave core dumps, which have secrets and packets in them')
    .option('--no-confinement', 'let engines open every file that the daemon may')
    .action(async (options) => {
      // SIGHUP must not end the process while `run` is imported. `run` listens before it reads the configuration.
      process.on('SIGHUP', () => {});
      await (await import('./run.js')).run({ ...options, version });
      // Exit at once: while Node shuts down by itself, signals have their default action again.
      process.exit();
    });
  command('check', 'say what is wrong with a configuration')
    .requiredOption(...CONFIG)
    .action(async (options) => (await import('./configuration.js')).check(options));
  command('replay', 'run a capture file through the same pipeline, without privileges')
    .requiredOption(...CONFIG)
    .requiredOption('--source <id>', 'network interface whose sessions apply')
    .requiredOption('--in <file>', 'capture to read, pcap or pcapng')
    .requiredOption('--out <file>', 'capture to write: the outer packets')
    .option('--egress-mac <mac>', 'frames from this source MAC address are egress; all others are ingress')
    .option('--json', 'print the summary as JSON')
    .action(async (options) => (await import('./replay.js')).replay(options));
  command('explain', 'show what a source compiles to')
    .requiredOption(...CONFIG)
    .requiredOption('--source <id>', 'network interface')
    .action(async (options) => (await import('./explain.js')).explain(options));
  command('status', 'show the counters of the running daemon')
    .option(...CONFIG)
    .option('--json', 'print everything as JSON')
    .action(async (options) => (await import('./status.js')).status(options));
  command('top', 'show what the running daemon does, live')
    .option(...CONFIG)
    .option('--interval <seconds>', 'time between two looks', '2')
    .option('--once', 'print one view and end')
    .action(async (options) => (await import('./top.js')).top(options));
  const state = command('state', 'look after the state file of the control API, while no daemon runs');
  state
    .command('verify')
    .description('say what is in it, and what is damaged')
    .requiredOption(...CONFIG)
    .action(async (options) => (await import('./state.js')).verify(options));
  state
    .command('repair')
    .description('cut off what is damaged, and keep it beside the file')
    .requiredOption(...CONFIG)
    .action(async (options) => (await import('./state.js')).repair(options));
  return program;
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;
}

/** commander has printed its own message by then. It reports --help and --version as errors too. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : EXIT_WRONG_USAGE;
  if (error instanceof CommandError) {
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(
    `traffic-mirror: internal error: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return EXIT_INTERNAL_ERROR;
}

// The reader of the output may end early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT_DONE);
});

buildProgram()
  .parseAsync()
  .catch((error: unknown) => {
    // A command that failed has ended, even if it left something open.
    process.exit(exitCodeOf(error));
  });
