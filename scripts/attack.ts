/**
 * Attacks a real daemon in network namespaces of its own, and says what held: `npm run attack`, or
 *
 *     node dist/scripts/attack.js [--quick] [--only NAME]... [--seed N] [--daemon MAIN.js] [--json FILE]
 *                                 [--before FILE [--after FILE]]
 *
 * --daemon: the file of the command of another build. --before: a run of another build that `--json` wrote, which is
 * put beside this run, or beside the run in FILE of --after, into docs/security.md. Exit codes: 0 every attack was
 * held, or could not be tried here; 1 one was not; 2 wrong usage; 3 not root.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeMachine } from '../bench/machine.js';
import { COMMAND } from '../lab/daemon.js';
import { ATTACKS } from './attack/all-attacks.js';
import type { Attack } from './attack/attack.js';
import { type Result, runAttack } from './attack/run.js';
import { formatResult, type Report, withTable } from './attack/table.js';

const PAGE = 'docs/security.md';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    seed: { type: 'string' },
    daemon: { type: 'string', default: COMMAND },
    json: { type: 'string' },
    before: { type: 'string' },
    after: { type: 'string' },
  },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const chosen = choose(values.only, values.quick);
if (
  !Number.isInteger(seed) ||
  chosen.length === 0 ||
  (values.after !== undefined && values.before === undefined)
) {
  console.error(
    'usage: attack [--quick] [--only NAME]... [--seed INTEGER] [--daemon MAIN.js] [--json FILE] ' +
      `[--before FILE [--after FILE]]; attacks: ${ATTACKS.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}
const report = values.after === undefined ? await attack(chosen) : readReport(values.after);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
if (values.before !== undefined) {
  writeFileSync(PAGE, withTable(readFileSync(PAGE, 'utf8'), readReport(values.before), report));
}
process.exitCode = report.results.some(({ verdict }) => verdict === 'failed') ? 1 : 0;

async function attack(attacks: readonly Attack[]): Promise<Report> {
  if (process.getuid?.() !== 0) {
    console.error('npm run attack builds network namespaces: run it as root');
    process.exit(3);
  }
  const startedAt = new Date().toISOString();
  const started = performance.now();
  const results: Result[] = [];
  for (const next of attacks) {
    const size = values.quick ? 'quick' : 'full';
    const result = await runAttack(next, { size, seed, main: values.daemon });
    results.push(result);
    console.log(formatResult(result));
  }
  const seconds = (performance.now() - started) / 1000;
  const held = results.filter(({ verdict }) => verdict === 'held').length;
  console.log(`${held} of ${results.length} held, ${seconds.toFixed(0)} s, seed ${seed}`);
  return { startedAt, machine: describeMachine(), seconds, results };
}

/** None when a name is unknown. */
function choose(names: readonly string[] | undefined, isQuick: boolean): readonly Attack[] {
  if (names === undefined)
    return isQuick ? ATTACKS.filter(({ limitSeconds }) => limitSeconds.quick !== undefined) : ATTACKS;
  const found = names.map((name) => ATTACKS.filter((candidate) => candidate.name === name));
  return found.every((attacks) => attacks.length > 0) ? found.flat() : [];
}

function readReport(file: string): Report {
  return JSON.parse(readFileSync(file, 'utf8')) as Report;
}
