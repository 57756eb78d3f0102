/** `traffic-mirror explain`: what a source compiles to, or what becomes of packets, and why. */
import { once } from 'node:events';
import { type TargetWays, waysTo } from '../explain/copies.js';
import { Explainer, type Explanation } from '../explain/explanation.js';
import { explanationLines } from '../explain/explanation-text.js';
import { compile } from '../match/compile.js';
import type { Direction, MirrorPlan, SourcePlan } from '../plan/mirror-plan.js';
import { buildPlan } from '../resources/build-plan.js';
import { readStatus } from '../status/status-server.js';
import { CommandError, EXIT_WRONG_USAGE } from './command-error.js';
import { requireConfiguration, requireSource } from './configuration.js';
import { explainFilter } from './explain-filter.js';
import { asInputError, type ExplainInput, type InputOptions, openInput, readInput } from './explain-input.js';
import { requireRunning, runningPlan } from './running.js';
import { stateDirectory } from './running-daemon.js';
import { safeLine, safeText } from './terminal-text.js';

export interface ExplainOptions extends InputOptions {
  /** Absent only with `running`. */
  readonly config?: string;
  readonly source: string;
  /** Take the sources of the running daemon. */
  readonly running?: true;
  readonly json?: true;
}

/** Where the rules come from. */
interface Basis {
  readonly plan: MirrorPlan;
  /** In words, for the first line. */
  readonly origin: string;
  readonly stateDirectory: string;
}

/** @throws CommandError (rejects) */
export async function explain(options: ExplainOptions): Promise<void> {
  if (options.json && [options.packet, options.frame, options.in].every((input) => input === undefined)) {
    throw new CommandError(EXIT_WRONG_USAGE, 'explain: --json needs --packet, --frame or --in');
  }
  try {
    const input = openInput(options);
    const basis = await basisOf(options);
    const source = requireSource(basis.plan, options.source);
    if (input !== undefined) return await explainFrames(input, basis, source, options.json === true);
    if (options.running) process.stdout.write(safeText(`${basis.origin}\n\n`));
    explainFilter(basis.plan, source);
  } catch (error) {
    throw asInputError(error);
  }
}

async function basisOf({ config, running }: ExplainOptions): Promise<Basis> {
  if (running) {
    const resources = await requireRunning(config);
    const { pid, configurationFile } = resources;
    return {
      plan: runningPlan(resources),
      origin: `rules of the running daemon (pid ${pid}, ${configurationFile} and its control API)`,
      stateDirectory: await stateDirectory(config),
    };
  }
  if (config === undefined) {
    throw new CommandError(
      EXIT_WRONG_USAGE,
      'explain: name a configuration, or ask the daemon with --running',
    );
  }
  const configuration = await requireConfiguration(config);
  return {
    plan: buildPlan(configuration),
    origin: `rules of ${config}`,
    stateDirectory: configuration.state.directory,
  };
}

async function explainFrames(
  input: ExplainInput,
  { plan, origin, stateDirectory }: Basis,
  source: SourcePlan,
  asJson: boolean,
): Promise<void> {
  const ways = await waysOf(stateDirectory);
  const explainers = new Map<Direction, Explainer>();
  const explainerOf = (direction: Direction): Explainer => {
    const known = explainers.get(direction);
    if (known !== undefined) return known;
    const explainer = new Explainer(plan, { source, direction }, ways, compile(source, direction));
    explainers.set(direction, explainer);
    return explainer;
  };
  const verdicts = new Map<string, number>();
  let batch: Explanation[] = [];
  let number = 0;
  const explainNext = (explanation: Explanation): string => {
    number += 1;
    const verdict = verdictName(explanation);
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    if (!asJson) {
      const head = input.isCapture ? [`frame ${number}`] : [];
      return [...head, ...explanationLines(explanation).map(safeLine), ''].join('\n');
    }
    return input.isCapture
      ? JSON.stringify({ frame: number, origin, ...explanation })
      : JSON.stringify({ origin, ...explanation }, null, 2);
  };
  if (!asJson) await print(safeText(`${origin}\n\n`));
  await readInput(
    input,
    { consume: (frame) => void batch.push(explainerOf(input.directionOf(frame)).explain(frame)) },
    async () => {
      const explanations = batch;
      batch = [];
      await print(explanations.map((explanation) => `${explainNext(explanation)}\n`).join(''));
    },
  );
  if (input.isCapture && !asJson) await print(safeText(`${summary(number, verdicts)}\n`));
}

/** Waits while the reader of the output is behind. */
async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

function verdictName({ verdict }: Explanation): string {
  if (verdict.kind === 'matched') return `matched by ${verdict.session.sessionId}`;
  return verdict.kind === 'unmirrored' ? verdict.type : verdict.kind;
}

function summary(frames: number, verdicts: ReadonlyMap<string, number>): string {
  const counts = [...verdicts].map(([verdict, count]) => `${count} ${verdict}`);
  return [`${frames} frames`, ...counts].join(', ');
}

/** Ways to the targets as the running daemon has them. None when none runs: then they are not known. */
async function waysOf(directory: string): Promise<TargetWays> {
  const status = await readStatus(directory).catch(() => undefined);
  return waysTo(status?.targets ?? []);
}
