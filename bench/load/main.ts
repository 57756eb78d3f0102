/**
 * `npm run bench`: every contender in every scenario, in rounds that take turns, so that a machine whose speed
 * drifts is as fast for one as for the other; medians. Writes docs/benchmarks.md, .svg and .json.
 *
 *     npm run bench -- [--rounds N] [--seconds N] [--only TEXT] [--dry]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { docsFile } from '../page.js';
import { measureBulkTcp } from './bulk-tcp.js';
import { renderChart } from './chart.js';
import { type Contender, contenders, NO_MIRROR } from './contender.js';
import { measureLatency } from './latency.js';
import { renderReport } from './report.js';
import { type Results, summarise } from './results.js';
import { runRound } from './round.js';
import { BULK_SCENARIOS, SCENARIOS } from './scenario.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    dry: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const isMirror = ({ name }: Contender): boolean => name !== NO_MIRROR.name;

if (process.getuid?.() !== 0) {
  console.error('npm run bench builds network namespaces: run it as root');
  process.exit(3);
}

const all = await contenders();
const results: Results = {
  startedAt: new Date().toISOString(),
  rounds,
  seconds,
  load: await measureLoad(),
  bulkTcp: await measureBulk(),
  latency: await measureEach('latency', all.filter(isMirror), async (contender) => {
    const { p50Ms, p99Ms } = await measureLatency(contender, SCENARIOS[0], seconds);
    return { p50Ms, p99Ms };
  }),
};
const report = renderReport(results);
console.log(report);
if (!values.dry) {
  writeFileSync(docsFile('benchmarks.json'), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(docsFile('benchmarks.svg'), renderChart(results));
  writeFileSync(docsFile('benchmarks.md'), report);
}

async function measureLoad(): Promise<Results['load']> {
  const table: Results['load'] = [];
  for (const scenario of SCENARIOS.filter(({ name }) => name.includes(values.only))) {
    const able = all.filter((contender) => contender.can(scenario));
    const measured = await measureEach(scenario.name, able, (contender) =>
      runRound(contender, scenario, seconds),
    );
    const baseline = measured.find(({ contender }) => contender === NO_MIRROR.name)?.values ?? [];
    for (const { contender, values: measurements } of measured) {
      table.push({ scenario: scenario.name, contender, ...summarise(measurements, baseline) });
    }
  }
  return table;
}

async function measureBulk(): Promise<Results['bulkTcp']> {
  const table: Results['bulkTcp'] = [];
  for (const scenario of BULK_SCENARIOS) {
    const able = all.filter((contender) => contender.can(scenario));
    const measured = await measureEach(`bulk TCP, ${scenario.name}`, able, (contender) =>
      measureBulkTcp(contender, scenario, seconds),
    );
    table.push(...measured.map((row) => ({ scenario: scenario.name, ...row })));
  }
  return table;
}

/** Rounds take turns over the contenders, each beginning with another: who comes first has a cooler machine. */
async function measureEach<T>(
  what: string,
  able: readonly Contender[],
  measure: (contender: Contender) => Promise<T>,
): Promise<{ contender: string; values: T[] }[]> {
  const measured = able.map(({ name }) => ({ contender: name, values: [] as T[] }));
  for (let round = 1; round <= rounds; round++) {
    for (let turn = 0; turn < able.length; turn++) {
      const index = (round + turn) % able.length;
      const contender = able[index];
      console.error(`${what}, round ${round} of ${rounds}: ${contender.name}`);
      measured[index].values.push(await measure(contender));
    }
  }
  return measured;
}
