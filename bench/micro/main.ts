/**
 * What one frame costs in each stage, in nanoseconds, without a kernel: `npm run bench:micro`, or
 *
 *     node dist/bench/micro/main.js [--json FILE]
 *
 * Every figure is the median over many passes through the same mix of frames, which stay in the processor's caches.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { inlineMore } from '../../src/engine/inlining.js';
import { requireBuiltCode } from './built-code.js';
import { decodeCases } from './decode.js';
import { encapsulateCases } from './encapsulate.js';
import { buildMix } from './frames.js';
import { matchCases } from './match.js';
import { measureCase } from './measure-case.js';
import { pathCases, peekedCases } from './path.js';
import { ringCases } from './ring.js';
import { sendCases } from './send.js';

requireBuiltCode(import.meta.url);
// As in the engine.
inlineMore();
const { values: options } = parseArgs({ options: { json: { type: 'string' } } });

const mix = buildMix();
const cases = [
  ...decodeCases(mix),
  ...matchCases(mix),
  ...encapsulateCases(mix),
  ...pathCases(mix),
  ...(await sendCases(mix)),
  ...(await ringCases(mix)),
  ...peekedCases(mix),
];
const machine = `${cpus()[0]?.model.trim()}, Node.js ${process.version}`;

console.log(`ns per frame, ${mix.length} frames; ${machine}\n`);
console.log(`${'stage'.padEnd(12)}${'of what'.padEnd(36)}${'median'.padStart(10)}${'best'.padStart(10)}`);
const figures = [];
for (const one of cases) {
  const figure = await measureCase(one);
  figures.push(figure);
  const [median, best] = [figure.medianNs, figure.bestNs].map((ns) => ns.toFixed(1).padStart(10));
  console.log(`${one.stage.padEnd(12)}${one.name.padEnd(36)}${median}${best}`);
}
if (options.json !== undefined) {
  const measuredAt = new Date().toISOString();
  writeFileSync(
    options.json,
    `${JSON.stringify({ measuredAt, machine, frames: mix.length, figures }, null, 1)}\n`,
  );
}
