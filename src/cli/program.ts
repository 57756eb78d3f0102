/** The commands, a row each: options, examples, and what each of them runs. */
import { existsSync, readFileSync } from 'node:fs';
import { Argument } from 'commander';
import { CommandError, EXIT_BAD_INPUT, EXIT_WRONG_USAGE } from './command-error.js';
import { chooseEndpoint, hasDefaultDaemon } from './endpoint/endpoint.js';
import { ProgramCommand } from './program-command.js';

/** Seen from the built file. */
const PACKAGE = new URL('../../../package.json', import.meta.url);

/** Where packages and the systemd service have their configuration. */
export const DEFAULT_CONFIG = '/etc/traffic-mirror/config.yaml';

const CONFIG: [string, string] = [
  '-c, --config <file>',
  `configuration file, YAML or JSON (default: ${DEFAULT_CONFIG}, if it is there)`,
];

const ENDPOINT: [string, string] = [
  '--endpoint-url <url>',
  'ask the control API there, with the key of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
];

/** Commands that do something without a configuration. */
const WITHOUT_CONFIG = ['status', 'top', 'doctor', 'peek', 'receive', 'export', 'completion-ids'];

/**
 * Each command imports what it needs when it runs, so that `check` and `status` are fast. Completion goes by the name of
 * a value: `<file>` is completed as a file, `<id>` from the configuration.
 */
export function buildProgram(): ProgramCommand {
  const version = packageVersion();
  const program = new ProgramCommand('traffic-mirror')
    .description('Mirrors the frames of network interfaces to monitoring targets, in VXLAN or GENEVE.')
    .version(version, '-v, --version', 'print the version')
    .exitOverride()
    .hook('preAction', (_, command) => choosePlace(command as ProgramCommand))
    .example('traffic-mirror check -c mirror.yaml', 'say what is wrong with a configuration')
    .example('traffic-mirror top', 'watch the daemon that runs')
    .example('traffic-mirror help replay', 'show the options of a command, with examples');

  const command = (name: string, description: string) => program.command(name).description(description);

  command('run', 'mirror, in the foreground')
    .option(...CONFIG)
    .option('--core-dumps', 'leave core dumps, which have secrets and packets in them')
    .option('--no-confinement', 'let engines open every file that the daemon may')
    .example('traffic-mirror run -c mirror.yaml', 'mirror until Ctrl-C; SIGHUP reads the file again')
    .exits(EXIT_BAD_INPUT, 'the configuration is bad, or the daemon cannot start')
    .action(async (options) => {
      // SIGHUP must not end the process while `run` is imported. `run` listens before it reads the configuration.
      process.on('SIGHUP', () => {});
      await (await import('./run.js')).run({ ...options, version });
      // Exit at once: while Node shuts down by itself, signals have their default action again.
      process.exit();
    });
  command('check', 'say what is wrong with a configuration')
    .option(...CONFIG)
    .option('--environment', 'also judge this host, as doctor does')
    .option(
      '--json',
      'print an array of { file, line, column, severity, text }; of --environment, what doctor --json has',
    )
    .example('traffic-mirror check -c mirror.yaml', 'print every problem as FILE:LINE: what, why')
    .example('generate-config | traffic-mirror check -c - --json', 'check what another program writes')
    .exits(EXIT_BAD_INPUT, 'the configuration is bad; warnings alone are no reason')
    .action(async (options) =>
      options.environment === true
        ? (await import('./doctor.js')).checkEnvironment(options)
        : (await import('./check.js')).check(options),
    );
  command('doctor', 'say why nothing arrives, or not all, and what mends it')
    .option(...CONFIG)
    .option('--json', 'print the findings as JSON')
    .example('traffic-mirror doctor', 'judge the configuration, this host and the running daemon')
    .exits(EXIT_BAD_INPUT, 'something keeps copies away or cuts them')
    .action(async (options) => (await import('./doctor.js')).doctor(options));
  command('replay', 'run a capture file through the same pipeline, without privileges')
    .option(...CONFIG)
    .requiredOption('--source <id>', 'network interface whose sessions apply')
    .requiredOption('--in <file>', 'capture to read, pcap or pcapng, also compressed by gzip')
    .requiredOption('--out <file>', 'capture to write: the outer packets')
    .option('--egress-mac <mac>', 'frames from this source MAC address are egress; all others are ingress')
    .option('--json', 'print the summary as JSON')
    .example(
      'traffic-mirror replay -c mirror.yaml --source eni-web --in day.pcap.gz --out copies.pcap',
      'show which copies a configuration would make of recorded traffic',
    )
    .example(
      'tcpdump -i eth0 -w - | traffic-mirror replay --source eni-web --in - --out - | tshark -r -',
      'the same in a pipe; the summary goes to standard error',
    )
    .action(async (options) => (await import('./replay.js')).replay(options));
  command('explain', 'show what becomes of a packet and why, or what a source compiles to')
    .option(...CONFIG)
    .requiredOption('--source <id>', 'network interface')
    .option('--packet <text>', "a packet, such as 'tcp 10.1.0.2:40000 > 10.1.0.1:80 vlan 7 length 1500'")
    .option('--frame <hex>', 'a frame in hexadecimal digits')
    .option('--in <file>', 'every frame of a capture, pcap or pcapng')
    .option('--direction <direction>', 'ingress or egress (default: ingress)')
    .option('--egress-mac <mac>', 'frames from this source MAC address are egress; all others are ingress')
    .option('--count <n>', 'end after so many frames of the capture')
    .option('--running', 'take the rules of the running daemon, of its file and its API')
    .option(...ENDPOINT)
    .option('--json', 'print everything as JSON; of a capture one line per frame')
    .example(
      "traffic-mirror explain --source eni-web --packet 'tcp 10.1.0.2:40000 > 10.1.0.1:80'",
      'say which session mirrors a packet, and by which rule',
    )
    .example('traffic-mirror explain --source eni-web', 'print the filter of each direction, three times')
    .action(async (options) =>
      options.endpointUrl === undefined
        ? (await import('./explain.js')).explain(options)
        : (await import('./endpoint/remote-explain.js')).remoteExplain(options.endpointUrl, options),
    );
  command('status', 'show the counters of the running daemon')
    .option(...CONFIG)
    .option(...ENDPOINT)
    .option('--json', 'print everything as JSON')
    .option('--live', 'say whether its loops turn: exit code 0 or 1, as a probe')
    .option('--ready', 'say whether sources are captured: exit code 0 or 1, as a probe')
    .example('traffic-mirror status --json | jq .health', 'say how the daemon is')
    .example(
      'traffic-mirror status --endpoint-url https://mirror.example:8443',
      'ask a daemon on another host, through its control API',
    )
    .exits(EXIT_BAD_INPUT, 'no daemon answers, or a probe fails')
    .action(async (options) => {
      const { endpointUrl, live, ready } = options;
      if (live || ready) await (await import('./probe.js')).probe(options);
      else if (endpointUrl !== undefined)
        await (await import('./endpoint/remote-status.js')).remoteStatus(endpointUrl, options);
      else await (await import('./status.js')).status(options);
    });
  command('top', 'show what the running daemon does, live')
    .option(...CONFIG)
    .option('--interval <seconds>', 'time between two looks', '2')
    .option('--once', 'print one view and end')
    .example('traffic-mirror top', 'watch; h shows the keys')
    .example('traffic-mirror top --once --interval 10', 'print the rates of the next ten seconds')
    .exits(EXIT_BAD_INPUT, 'no daemon answers')
    .action(async (options) => (await import('./top.js')).top(options));
  command('peek', 'show copies of the running daemon, live')
    .option(...CONFIG)
    .option(...ENDPOINT)
    .option('--session <id...>', 'only copies of these sessions')
    .option('--source <id...>', 'only copies of these network interfaces')
    .option('--direction <direction>', 'only ingress or only egress')
    .option('--count <number>', 'end after so many copies')
    .option('-w, --write <file>', 'write pcapng to a file or pipe; - is standard output')
    .option('-s, --snapshot-length <bytes>', 'at most so many bytes of a copy')
    .example('traffic-mirror peek --session tms-web --count 10', 'print ten copies of a session')
    .example('traffic-mirror peek -w - | tshark -r -', 'have tshark decode them')
    .exits(EXIT_BAD_INPUT, 'no daemon answers, or it ended')
    .action(async (options) => (await import('./peek.js')).peek({ ...options, version }));
  command('receive', 'the other end: take copies, VXLAN and GENEVE, and write their frames')
    .option(...CONFIG)
    .option('--listen <address>', 'address, or address:port; again for more (default: 0.0.0.0)', collect)
    .option('--protocol <name>', 'vxlan or geneve only')
    .option('--vni <number>', 'only frames of this VNI; again for more', collect)
    .option('-w, --write <file>', 'capture to write, pcapng; - is standard output')
    .option('--rotate-seconds <number>', 'begin another file after this time')
    .option('--rotate-megabytes <number>', 'begin another file before it is larger')
    .option('--rotate-count <number>', 'files that are kept')
    .option('--tap <name>', 'TAP device on which the frames come in')
    .option('--count <number>', 'end after this many frames')
    .option('--interval <seconds>', 'print the counts so often, not only at the end and on SIGUSR1')
    .option('--buffer-megabytes <number>', 'room for datagrams that wait, for each socket', '64')
    .option('--json', 'print the counts as JSON')
    .example('traffic-mirror receive', 'count what comes, by VNI and sender')
    .example('traffic-mirror receive -w - | tshark -r -', 'have tshark decode the frames')
    .example(
      'traffic-mirror receive -w mirror.pcapng --rotate-megabytes 100 --rotate-count 10',
      'keep the last gigabyte',
    )
    .action(async (options, command: ProgramCommand) => {
      const isDefaultConfig = command.getOptionValueSource('config') === 'default';
      await (await import('./receive.js')).receive({ ...options, isDefaultConfig, version });
    });
  command('import', 'make a configuration of what aws ec2 describe-traffic-mirror-* has printed')
    .argument(
      '<file...>',
      'JSON of targets, filters, filter rules, sessions and network interfaces; - is standard input',
    )
    .option('--device <id=device>', 'the local device of a network interface; may be repeated', collect, [])
    .option('--address <id=address>', 'where a receiver is; may be repeated', collect, [])
    .example(
      'aws ec2 describe-traffic-mirror-sessions | traffic-mirror import - --device eni-0123456789abcdef0=eth0',
      'make a configuration of sessions in the cloud',
    )
    .action(async (files, options) => (await import('./import.js')).importAws(files, options));
  command('export', 'print the resources of the running daemon, of its file and its API, as a configuration')
    .option(...CONFIG)
    .option('--aws', 'print them as aws ec2 describe-traffic-mirror-* would')
    .example('traffic-mirror export > exported.yaml', 'keep what clients of the API made')
    .exits(EXIT_BAD_INPUT, 'no daemon answers')
    .action(async (options) => (await import('./export.js')).exportResources(options));
  const state = command('state', 'look after the state file of the control API, while no daemon runs');
  state
    .command('verify')
    .description('say what the state file of the control API holds, and what is damaged')
    .option(...CONFIG)
    .exits(EXIT_BAD_INPUT, 'it is damaged, or in use')
    .action(async (options) => (await import('./state.js')).verify(options));
  state
    .command('repair')
    .description('cut off what is damaged of the state file, and keep it beside the file')
    .option(...CONFIG)
    .exits(EXIT_BAD_INPUT, 'it cannot be repaired, or is in use')
    .action(async (options) => (await import('./state.js')).repair(options));
  command('completion', 'print what completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .example('source <(traffic-mirror completion bash)', 'complete in this bash; in ~/.bashrc, in every one')
    .example('traffic-mirror completion zsh > ~/.zfunc/_traffic-mirror', 'for zsh, in a folder of its fpath')
    .example(
      'traffic-mirror completion fish > ~/.config/fish/completions/traffic-mirror.fish',
      'complete in every fish',
    )
    .action(async (shell) => (await import('./completion/completion.js')).completion(program, shell));
  program
    .command('completion-ids', { hidden: true })
    .description('print ids of the configuration, for the scripts that completion prints')
    .addArgument(new Argument('<kind>', 'of what').choices(['source', 'session']))
    .option(...CONFIG)
    .action(async (kind, { config }) => {
      await (await import('./completion/completion.js')).completionIds(kind, config);
    });
  return program;
}

/** For options that may be given several times. */
function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** Chooses the configuration, or the control API that is asked. @throws CommandError */
function choosePlace(command: ProgramCommand): void {
  const takesEndpoint = command.options.some((option) => option.attributeName() === 'endpointUrl');
  const probes = command.getOptionValue('live') === true || command.getOptionValue('ready') === true;
  // `explain` asks a daemon only when it is told to.
  const asksDaemon = command.name() !== 'explain' || command.getOptionValue('running') === true;
  const url = !takesEndpoint
    ? undefined
    : chooseEndpoint(
        {
          asked: command.getOptionValue('endpointUrl'),
          hasConfig: command.getOptionValue('config') !== undefined,
          isLocal: existsSync(DEFAULT_CONFIG) || hasDefaultDaemon(),
        },
        asksDaemon && !probes ? process.env : {},
      );
  if (url !== undefined && probes) {
    throw new CommandError(
      EXIT_WRONG_USAGE,
      `${command.name()}: --live and --ready ask the daemon of this host`,
    );
  }
  if (url === undefined) chooseConfig(command);
  else command.setOptionValue('endpointUrl', url);
}

/** @throws CommandError when a command that needs a configuration has none. */
function chooseConfig(command: ProgramCommand): void {
  const takesConfig = command.options.some((option) => option.attributeName() === 'config');
  if (!takesConfig || command.getOptionValue('config') !== undefined) return;
  if (existsSync(DEFAULT_CONFIG)) {
    command.setOptionValueWithSource('config', DEFAULT_CONFIG, 'default');
  } else if (!WITHOUT_CONFIG.includes(command.name()) && command.getOptionValue('running') !== true) {
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
