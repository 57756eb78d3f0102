/** Hundreds of sources in one engine: what a change costs, and what a source beside them pays for it. */
import { median } from '../median.js';
import { measureManySources } from '../sources/many-sources.js';
import type { Figure, Scenario } from './scenario.js';

const MEBIBYTE = 2 ** 20;
/** Packets a second of the source beside them. */
const RATE = 10_000;
const HUNDREDS = 200;
const THOUSAND = 1000;

export function manySourcesScenarios(): readonly Scenario[] {
  return [
    {
      name: `${HUNDREDS} sources, ten rules, beside a source of 10 kpps`,
      goal: [
        milliseconds(`create of session ${HUNDREDS}`, 100),
        milliseconds('change of a rule that all share', 300),
        count('engine restarts'),
        count('frames lost on the source beside'),
      ],
      run: async () => {
        const { lastCreated, changed, engineRestarts, beside } = await measureManySources({
          sources: HUNDREDS,
          rate: RATE,
        });
        return [
          lastCreated.at(-1) ?? Number.NaN,
          median(changed),
          engineRestarts,
          beside.sent - beside.mirrored,
        ];
      },
    },
    {
      name: `${THOUSAND} sources in one engine`,
      goal: [
        { name: 'memory of the daemon', unit: 'MiB', digits: 0 },
        { name: 'memory of the engine, rings included', unit: 'MiB', digits: 0 },
        milliseconds('start until every source captures', 10_000),
        milliseconds('stop', 10_000),
        milliseconds('change of a rule that all share', 300),
      ],
      run: async () => {
        const figures = await measureManySources({ sources: THOUSAND, rate: RATE });
        return [
          figures.daemonBytes / MEBIBYTE,
          figures.engineBytes / MEBIBYTE,
          figures.startMs,
          figures.stopMs,
          median(figures.changed),
        ];
      },
    },
  ];
}

function milliseconds(name: string, atMost: number): Figure {
  return { name, unit: 'ms', digits: 0, atMost };
}

function count(name: string): Figure {
  return { name, unit: '', digits: 0, atMost: 0 };
}
