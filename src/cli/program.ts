/** The commands and their options, and what each of them runs. */
import { existsSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import { CommandError, EXIT_WRONG_USAGE } from './command-error.js';

/** Seen from the built file. */
const PACKAGE = new URL('../../../package.json', import.meta.url);

/** Where packages and the systemd service have their configuration. */
const DEFAULT_CONFIG = '/etc/traffic-mirror/config.yaml';

const CONFIG: [string, string] = [
  '-c, --config <file>',
  `configuration file, YAML or JSON (default: ${DEFAULT_CONFIG}, if it is there)`,
];

/** Commands that do something without a configuration. */
const WITHOUT_CONFIG = ['status', 'top'];

/** Each command imports what it needs when it runs, so that `check` and `status` are fast. */
export function buildProgram(): Command {
  const version = packageVersion();
  const program = new Command('traffic-mirror')
    .description('Mirrors the frames of network interfaces to monitoring targets, in VXLAN.')
    .version(version, '-v, --version', 'print the version')
    .exitOverride()
    .hook('preAction', (_, command) => chooseConfig(command));

  const command = (name: string, description: string) => program.command(name).description(description);

  command('run', 'mirror, in the foreground')
    .option(...CONFIG)
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
    .option(...CONFIG)
    .action(async (options) => (await import('./configuration.js')).check(options));
  command('replay', 'run a capture file through the same pipeline, without privileges')
    .option(...CONFIG)
    .requiredOption('--source <id>', 'network interface whose sessions apply')
    .requiredOption('--in <file>', 'capture to read, pcap or pcapng')
    .requiredOption('--out <file>', 'capture to write: the outer packets')
    .option('--egress-mac <mac>', 'frames from this source MAC address are egress; all others are ingress')
    .option('--json', 'print the summary as JSON')
    .action(async (options) => (await import('./replay.js')).replay(options));
  command('explain', 'show what a source compiles to')
    .option(...CONFIG)
    .requiredOption('--source <id>', 'network interface')
    .action(async (options) => (await import('./explain.js')).explain(options));
  command('status', 'show the counters of the running daemon')
    .option(...CONFIG)
    .option('--json', 'print everything as JSON')
    .option('--live', 'say whether its loops turn: exit code 0 or 1, as a probe')
    .option('--ready', 'say whether sources are captured: exit code 0 or 1, as a probe')
    .action(async (options) => {
      if (options.live || options.ready) await (await import('./probe.js')).probe(options);
      else await (await import('./status.js')).status(options);
    });
  command('top', 'show what the running daemon does, live')
    .option(...CONFIG)
    .option('--interval <seconds>', 'time between two looks', '2')
    .option('--once', 'print one view and end')
    .action(async (options) => (await import('./top.js')).top(options));
  const state = command('state', 'look after the state file of the control API, while no daemon runs');
  state
    .command('verify')
    .description('say what is in it, and what is damaged')
    .option(...CONFIG)
    .action(async (options) => (await import('./state.js')).verify(options));
  state
    .command('repair')
    .description('cut off what is damaged, and keep it beside the file')
    .option(...CONFIG)
    .action(async (options) => (await import('./state.js')).repair(options));
  return program;
}

/** @throws CommandError when a command that needs a configuration has none. */
function chooseConfig(command: Command): void {
  const takesConfig = command.options.some((option) => option.attributeName() === 'config');
  if (!takesConfig || command.getOptionValue('config') !== undefined) return;
  if (existsSync(DEFAULT_CONFIG)) {
    command.setOptionValueWithSource('config', DEFAULT_CONFIG, 'default');
  } else if (!WITHOUT_CONFIG.includes(command.name())) {
    const why = `there is no ${DEFAULT_CONFIG}`;
    throw new CommandError(
      EXIT_WRONG_USAGE,
      `${command.name()}: name a configuration: --config FILE; ${why}`,
    );
  }
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;
}
