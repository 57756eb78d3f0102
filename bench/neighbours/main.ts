/**
 * The bench of what mirroring costs production, other sources and other processors: `npm run bench -- --neighbours`, or
 *
 *     node dist/bench/neighbours/main.js [--rounds N] [--only TEXT] [--before FILE] [--dry]
 *
 * Rounds take turns over the scenarios. FILE is `dist/src/cli/main.js` of a build that has a ring for each direction, to
 * compare with where both directions are wanted. Writes docs/benchmarks-neighbours.md unless dry. Exit code 1: a median
 * missed its goal.
 */
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { docsFile } from '../page.js';
import { bothDirectionsScenarios } from './both-directions.js';
import { fairnessScenarios } from './fairness.js';
import { manySourcesScenarios } from './many-sources.js';
import { renderPage } from './report.js';
import { isMet, type Result, type Scenario } from './scenario.js';
import { sharedLinkScenarios } from './shared-link.js';
import { workersScenarios } from './workers.js';

const { values } = parseArgs({
  options: {
    neighbours: { type: 'boolean' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    before: { type: 'string' },
    dry: { type: 'boolean', default: false },
  },
});
if (process.getuid?.() !== 0) {
  console.error('npm run bench -- --neighbours builds network namespaces: run it as root');
  process.exit(3);
}

const scenarios: readonly Scenario[] = [
  ...sharedLinkScenarios(),
  ...manySourcesScenarios(),
  ...fairnessScenarios(),
  ...workersScenarios(),
  ...(values.before === undefined ? [] : bothDirectionsScenarios(values.before)),
];
const rounds = Number(values.rounds);
const chosen = scenarios.filter(({ name }) => name.includes(values.only));
if (!(Number.isInteger(rounds) && rounds > 0) || chosen.length === 0) {
  console.error('--rounds is a number from 1 on, and --only a part of one of these names:');
  for (const { name } of scenarios) console.error(`  ${name}`);
  process.exit(2);
}
const taken = chosen.map(() => [] as (readonly number[])[]);
const startedAt = new Date().toISOString();
const [loadBefore] = loadavg();
for (let round = 1; round <= rounds; round++) {
  for (const [index, { name, goal, run }] of chosen.entries()) {
    // The others' rounds are worth having.
    const figures = await run().catch((error: Error) => {
      console.error(`${name}: ${error.message}`);
      return goal.map(() => Number.NaN);
    });
    taken[index].push(figures);
    console.error(
      `round ${round} of ${rounds}, ${name}: ${figures.map((value) => value.toFixed(2)).join(', ')}`,
    );
  }
}
const [loadAfter] = loadavg();
const results = chosen.flatMap(({ name, goal }, index): Result[] =>
  goal.map((figure, place) => ({ scenario: name, figure, values: taken[index].map((row) => row[place]) })),
);
const page = renderPage({ startedAt, rounds, loadBefore, loadAfter, results });
console.log(page);
if (!values.dry) writeFileSync(docsFile('benchmarks-neighbours.md'), page);
if (!results.every(isMet)) process.exitCode = 1;
