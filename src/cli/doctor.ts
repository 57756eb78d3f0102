/**
 * `traffic-mirror doctor`: why nothing arrives, or not all. `traffic-mirror check --environment`: the same of a
 * configuration that is to be started.
 */
import { loadConfiguration } from '../config/load.js';
import { DEFAULT_STATE_DIRECTORY } from '../config/schema.js';
import { examine } from '../doctor/examine.js';
import { type Finding, finding } from '../doctor/finding.js';
import { gather } from '../doctor/gather.js';
import { type Report, renderReport, reportOf } from '../doctor/report.js';
import { subjectOf } from '../doctor/subject.js';
import { readStatus } from '../status/status-server.js';
import { CommandError, EXIT_BAD_INPUT, EXIT_WRONG_USAGE } from './command-error.js';
import { requireChecked } from './configuration.js';

interface DoctorOptions {
  readonly config?: string;
  readonly json?: true;
}

/**
 * Judges a configuration, the host and the running daemon. The exit code is 1 when something keeps copies away or cuts
 * them.
 * @throws CommandError when there is neither a configuration nor a daemon that names its own (rejects)
 */
export async function doctor({ config, json }: DoctorOptions): Promise<void> {
  const file = config ?? (await runningConfiguration());
  const loaded = await loadConfiguration(file);
  if (!loaded.ok) {
    const problems = loaded.problems.map(({ file, line, text }) =>
      finding(
        'error',
        'configuration-problem',
        `${file}:${line}`,
        text,
        `correct it; traffic-mirror check --config ${file}`,
      ),
    );
    print(
      reportOf(
        problems,
        [{ what: 'the host and the daemon', why: 'the configuration has to be good first' }],
        { configurationFile: file, daemon: null },
      ),
      json,
    );
    return;
  }
  const { configuration, warnings } = loaded;
  const { facts, unseen } = await gather(subjectOf(file, configuration), {
    stateDirectory: configuration.state.directory,
  });
  const ofFile = warnings.map(({ file, line, text }) =>
    finding(
      'warning',
      'configuration-problem',
      `${file}:${line}`,
      text,
      `correct it, or leave it if it is meant so`,
    ),
  );
  const daemon = facts.daemon.kind === 'runs' ? facts.daemon.facts.status : undefined;
  print(
    reportOf(merge(examine(facts), ofFile), unseen, {
      configurationFile: file,
      daemon: daemon === undefined ? null : { pid: daemon.pid, version: daemon.version },
    }),
    json,
  );
}

/**
 * `check --environment`: as `check`, and then what `doctor` finds without a daemon.
 * @throws CommandError with a line per problem of the file (rejects)
 */
export async function checkEnvironment({ config, json }: DoctorOptions & { config: string }): Promise<void> {
  const { configuration, warnings } = await requireChecked(config);
  for (const warning of warnings) process.stderr.write(`${warning}\n`);
  const { facts, unseen } = await gather(subjectOf(config, configuration));
  print(reportOf(examine(facts), unseen, { configurationFile: config, daemon: null }), json);
}

/** The configuration of the daemon in the default state directory. @throws CommandError when none answers (rejects) */
async function runningConfiguration(): Promise<string> {
  try {
    return (await readStatus(DEFAULT_STATE_DIRECTORY)).configurationFile;
  } catch (error) {
    throw new CommandError(
      EXIT_WRONG_USAGE,
      `doctor: name a configuration: --config FILE; no daemon answers in ${DEFAULT_STATE_DIRECTORY}: ${(error as Error).message}`,
    );
  }
}

/** Warnings of the file stand with the others. */
function merge(findings: readonly Finding[], ofFile: readonly Finding[]): Finding[] {
  const errors = findings.filter(({ severity }) => severity === 'error');
  return [...errors, ...ofFile, ...findings.filter(({ severity }) => severity !== 'error')];
}

function print(report: Report, json: true | undefined): void {
  process.stdout.write(json === true ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
  if (report.errors > 0) process.exitCode = EXIT_BAD_INPUT;
}
