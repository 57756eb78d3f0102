/**
 * `npm run bench`: every contender in turns, in rounds, so that a machine whose speed drifts is as fast for one as for the
 * other; then minutes of overload. Writes docs/benchmarks.md, .svg and .json.
 *
 *     npm run bench -- [--rounds N] [--seconds N] [--overload-minutes N] [--external NAME=COMMAND]... [--dry]
 *     npm run bench -- --only TEXT     what has TEXT in its label only, such as 'latency:' or 'load: 64 bytes'; printed
 *     npm run bench -- --quick         one short round, to see that everything works; printed
 *
 * external.ts has what COMMAND gets to know. Exit code 1: something failed, or a goal was missed.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { docsFile } from '../page.js';
import { accountsInterruptsApart } from '../processes.js';
import { renderChart } from './chart.js';
import { contenders } from './contender.js';
import { goalsOf } from './goals.js';
import { labelOf, matrixOf } from './matrix.js';
import { commandText, type LoadOptions, parseLoadOptions } from './options.js';
import { renderReport } from './report.js';
import type { Results } from './results.js';
import { measureAll } from './run.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SIGNAL_EXIT_CODE = 130;

if (process.getuid?.() !== 0) {
  console.error('npm run bench builds network namespaces: run it as root');
  process.exit(3);
}
const options = optionsOrExit();
const matrix = matrixOf(options.externals.map(({ name }) => name));
const chosen = matrix.filter((group) => labelOf(group).includes(options.only));
const isOverload = 'overload'.includes(options.only) && options.overloadMinutes > 0;
if (chosen.length === 0 && !isOverload) {
  console.error(`--only ${options.only}: must be a part of one of these`);
  for (const group of matrix) console.error(`  ${labelOf(group)}`);
  console.error('  overload');
  process.exit(2);
}
keepTemporaryFilesTogether();

const started = { at: new Date().toISOString(), ms: performance.now(), load: loadavg()[0] };
const measured = await measureAll(chosen, await contenders(options.externals), {
  ...options,
  overloadMinutes: isOverload ? options.overloadMinutes : 0,
});
const results: Results = {
  startedAt: started.at,
  command: commandText(options),
  externals: options.externals.map(({ name }) => name),
  rounds: options.rounds,
  seconds: options.seconds,
  minutes: (performance.now() - started.ms) / 60_000,
  isInterruptTimeApart: accountsInterruptsApart() ?? null,
  loadBefore: started.load,
  loadAfter: loadavg()[0],
  ...measured,
};
const report = renderReport(results);
console.log(report);
if (!options.isDry) {
  writeFileSync(docsFile('benchmarks.json'), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(docsFile('benchmarks.svg'), renderChart(results));
  writeFileSync(docsFile('benchmarks.md'), report);
}
if (results.failures.length > 0 || goalsOf(results).some(({ isMet }) => !isMet)) process.exitCode = 1;

function optionsOrExit(): LoadOptions {
  try {
    return parseLoadOptions(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

/** In a directory that goes with this process, also on a signal. */
function keepTemporaryFilesTogether(): void {
  const directory = mkdtempSync(join(tmpdir(), 'traffic-mirror-bench-'));
  process.env.TMPDIR = directory;
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  // Namespaces that there are have handlers of their own, which come after this one and end the process.
  for (const signal of SIGNALS)
    process.on(signal, () => setTimeout(() => process.exit(SIGNAL_EXIT_CODE), 100));
}
