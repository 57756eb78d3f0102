/**
 * What everything beside the mirror pays for it: `npm run bench -- --neighbours`, or
 *
 *     node dist/bench/neighbours/main.js [--rounds N] [--only TEXT]
 *
 * Rounds take turns over the scenarios. Exit code 1: a median missed its goal.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { describeMachine } from '../machine.js';
import { isMet, type Result, renderTable, type Scenario } from './scenario.js';
import { sharedLinkScenarios } from './shared-link.js';

const SCENARIOS: readonly Scenario[] = [...sharedLinkScenarios()];

const { values } = parseArgs({
  options: {
    neighbours: { type: 'boolean' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
});
if (process.getuid?.() !== 0) {
  console.error('npm run bench -- --neighbours builds network namespaces: run it as root');
  process.exit(3);
}

const rounds = Number(values.rounds);
const chosen = SCENARIOS.filter(({ name }) => name.includes(values.only));
const taken = chosen.map(() => [] as (readonly number[])[]);
const loads: number[] = [];
for (let round = 1; round <= rounds; round++) {
  for (const [index, { name, run }] of chosen.entries()) {
    const figures = await run();
    taken[index].push(figures);
    loads.push(loadavg()[0]);
    console.error(
      `round ${round} of ${rounds}, ${name}: ${figures.map((value) => value.toFixed(2)).join(', ')}`,
    );
  }
}
const results = chosen.flatMap(({ name, goal }, index): Result[] =>
  goal.map((figure, place) => ({ scenario: name, figure, values: taken[index].map((row) => row[place]) })),
);
const [least, most] = [Math.min(...loads), Math.max(...loads)].map((load) => load.toFixed(1));
console.log(`${describeMachine()}; load average ${least} – ${most}; ${rounds} rounds\n`);
console.log(renderTable(results));
if (!results.every(isMet)) process.exitCode = 1;
