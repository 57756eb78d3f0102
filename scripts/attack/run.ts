/** Runs one attack in namespaces and a directory of its own, with a limit on its time. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Attack, Outcome, Size } from './attack.js';
import { openPlace } from './attack-namespaces.js';

const RUN_IN_NAMESPACE = fileURLToPath(new URL('./run-in-namespace.js', import.meta.url));
const TOLD_OUTPUT_CHARACTERS = 4000;

export interface RunOptions {
  readonly size: Size;
  readonly seed: number;
  /** The file of the command that is attacked. */
  readonly main: string;
}

/** An attack with its outcome. */
export interface Result extends Outcome {
  readonly name: string;
  readonly title: string;
  readonly by: Attack['by'];
  readonly seconds: number;
}

/** Never rejects for what the daemon does. @throws Error when the place cannot be built (rejects) */
export async function runAttack(attack: Attack, { size, seed, main }: RunOptions): Promise<Result> {
  const { name, title, by, limitSeconds } = attack;
  const limit = limitSeconds[size] ?? limitSeconds.full;
  const started = performance.now();
  const { hostNamespace, close, ...names } = openPlace();
  try {
    const options = JSON.stringify({ name, place: names, size, seed, main });
    const child = hostNamespace.spawn(process.execPath, [RUN_IN_NAMESPACE, options], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let complaints = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaints += text;
    });
    const late = AbortSignal.timeout(limit * 1000);
    const ended = once(child, 'close', { signal: late }).then(
      () => readOutcome(output, complaints),
      () => failed(`not done after ${limit} s`),
    );
    const outcome = await ended;
    return { name, title, by, ...outcome, seconds: (performance.now() - started) / 1000 };
  } finally {
    close();
    // Processes of the place are gone before the next place is built.
    await sleep(0);
  }
}

function readOutcome(output: string, complaints: string): Outcome {
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line) as Outcome;
  } catch {
    return failed(complaints.slice(-TOLD_OUTPUT_CHARACTERS) || 'the attack said nothing');
  }
}

function failed(fault: string): Outcome {
  return { verdict: 'failed', figures: 'it did not come to its end', faults: [fault] };
}
