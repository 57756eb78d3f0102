/**
 * `traffic-mirror doctor`: why nothing arrives, or not all. `traffic-mirror check --environment`: the same of a
 * configuration that is to be started.
 */
import { type Configuration, type ConfigurationResult, parseConfiguration } from '../config/load.js';
import type { Problem } from '../config/problem.js';
import { DEFAULT_STATE_DIRECTORY } from '../config/schema.js';
import { examine } from '../doctor/examine.js';
import { type Finding, finding, type Severity } from '../doctor/finding.js';
import { type Gathered, gather } from '../doctor/gather.js';
import { askDaemon } from '../doctor/gather-daemon.js';
import { type Report, renderReport, reportOf } from '../doctor/report.js';
import { shellWord } from '../doctor/shell-word.js';
import { type Subject, subjectOf } from '../doctor/subject.js';
import { CommandError, EXIT_BAD_INPUT, EXIT_WRONG_USAGE } from './command-error.js';
import { load } from './configuration.js';
import { stateDirectory } from './running-daemon.js';

interface EnvironmentOptions {
  readonly config: string;
  readonly json?: true;
}

/**
 * Judges a configuration, the host and the running daemon. The exit code is 1 when something keeps copies away or cuts
 * them.
 * @throws CommandError when there is neither a configuration nor a daemon that names its own (rejects)
 */
export async function doctor(options: Partial<EnvironmentOptions>): Promise<void> {
  const config = options.config ?? (await runningConfiguration());
  const loaded = await load(config);
  const directory = await stateDirectory(config).catch(() => DEFAULT_STATE_DIRECTORY);
  const gathered = await gather(subjectIn(config, loaded), { stateDirectory: directory });
  const { daemon } = gathered.facts;
  const running = daemon.kind === 'runs' ? daemon.facts.status : undefined;
  print(options, reportFor(config, loaded, gathered, running));
}

/** `check --environment`: what the file says, and what `doctor` finds without asking a daemon. */
export async function checkEnvironment(options: EnvironmentOptions): Promise<void> {
  const loaded = await load(options.config);
  const gathered = await gather(subjectIn(options.config, loaded));
  print(options, reportFor(options.config, loaded, gathered, undefined));
}

/** With a bad file the host and the daemon are judged as far as they can be without it. */
function subjectIn(config: string, loaded: ConfigurationResult): Subject {
  if (loaded.ok) return subjectOf(config, loaded.configuration);
  // Nobody can say that there are no sessions.
  return { ...subjectOf(config, emptyConfiguration()), hasApi: true };
}

function emptyConfiguration(): Configuration {
  const empty = parseConfiguration('{}', '');
  if (!empty.ok) throw new Error('an empty configuration is bad');
  return empty.configuration;
}

function reportFor(
  config: string,
  loaded: ConfigurationResult,
  { facts, unseen }: Gathered,
  running: Report['daemon'] | undefined,
): Report {
  const ofFile = loaded.ok ? asFindings('warning', loaded.warnings) : asFindings('error', loaded.problems);
  const found = examine(facts).filter(({ code }) => loaded.ok || code !== 'no-sessions');
  const errors = found.filter(({ severity }) => severity === 'error');
  const others = found.filter(({ severity }) => severity !== 'error');
  const findings = loaded.ok ? [...errors, ...ofFile, ...others] : [...ofFile, ...errors, ...others];
  const daemon = running == null ? null : { pid: running.pid, version: running.version };
  return reportOf(findings, unseen, { configurationFile: config, daemon });
}

function asFindings(severity: Severity, problems: readonly Problem[]): Finding[] {
  return problems.map(({ file, line, text }) =>
    finding(
      severity,
      'configuration-problem',
      `${file}:${line}`,
      text,
      severity === 'error'
        ? `correct it; traffic-mirror check --config ${shellWord(file)}`
        : 'correct it, unless it is meant so',
    ),
  );
}

/** The configuration of the daemon in the default state directory. @throws CommandError when none names one (rejects) */
async function runningConfiguration(): Promise<string> {
  const answer = await askDaemon(DEFAULT_STATE_DIRECTORY);
  if (!('status' in answer)) {
    const why = answer.kind === 'silent' ? answer.reason : `its status is not understood (${answer.member})`;
    throw unnamed(`no daemon answers in ${DEFAULT_STATE_DIRECTORY}: ${why}`);
  }
  const { configurationFile, pid } = answer.status;
  if (configurationFile.startsWith('/')) return configurationFile;
  throw unnamed(`daemon ${pid} was started with ${configurationFile}, in a directory that it does not tell`);
}

function unnamed(why: string): CommandError {
  return new CommandError(EXIT_WRONG_USAGE, `doctor: name a configuration: --config FILE; ${why}`);
}

function print({ json }: Partial<EnvironmentOptions>, report: Report): void {
  process.stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
  if (report.errors > 0) process.exitCode = EXIT_BAD_INPUT;
}
