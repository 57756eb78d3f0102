/** Rounds of the bench: each measures every contender in every scenario once. */
import { measureBulkTcp } from './bulk-tcp.js';
import type { Contender } from './contender.js';
import { DEFAULT } from './contender-names.js';
import { measureIdle } from './idle.js';
import { measureLatency } from './latency.js';
import { type Group, labelOf, type Section } from './matrix.js';
import type { LoadOptions } from './options.js';
import { measureOverload, type Overload } from './overload.js';
import type { Results, Series } from './results.js';
import { measureLoad } from './round.js';

type Measured = Pick<Results, 'load' | 'bulkTcp' | 'latency' | 'idle' | 'overload' | 'failures'>;

/** One contender's turn in each round. */
interface Turn {
  readonly label: string;
  measure(): Promise<void>;
  /** Instead of a value. */
  fail(): void;
}

/** Building, starting, draining and removing, on a quiet machine of two processors. */
const SECONDS_AROUND = 3;

/** Never throws: what failed is in `failures`. */
export async function measureAll(
  groups: readonly Group[],
  contenders: readonly Contender[],
  options: LoadOptions,
): Promise<Measured> {
  const { rounds, overloadMinutes } = options;
  const results = { load: [], bulkTcp: [], latency: [], idle: [] };
  const failures: string[] = [];
  const attempt = async (label: string, measure: () => Promise<void>, fail: () => void): Promise<void> => {
    try {
      await measure();
    } catch (error) {
      const [line] = (error as Error).message.split('\n');
      failures.push(`${label}: ${line}`);
      console.error((error as Error).message);
      fail();
    }
  };
  const turns = groups.map((group) => turnsOf(group, contenders, options, results));
  console.error(estimate(turns.flat().length, options));
  for (let round = 1; round <= rounds; round++) {
    for (const group of turns) {
      for (let place = 0; place < group.length; place++) {
        // Each round begins with another: who comes first has a cooler machine.
        const { label, measure, fail } = group[(round + place) % group.length];
        console.error(`round ${round} of ${rounds}, ${label}`);
        await attempt(`round ${round}, ${label}`, measure, fail);
      }
    }
  }
  let overload: Overload | undefined;
  const ours = contenders.find(({ name }) => name === DEFAULT);
  if (overloadMinutes > 0 && ours !== undefined) {
    console.error(`overload, ${overloadMinutes} minutes`);
    const measure = async (): Promise<void> => {
      overload = await measureOverload(ours, overloadMinutes);
    };
    await attempt('overload', measure, () => {});
  }
  return { ...results, failures, ...(overload !== undefined && { overload }) };
}

interface Sections {
  readonly load: Results['load'][number][];
  readonly bulkTcp: Results['bulkTcp'][number][];
  readonly latency: Results['latency'][number][];
  readonly idle: Results['idle'][number][];
}

/** Adds a series for each contender of the group that this machine has. */
function turnsOf(
  group: Group,
  contenders: readonly Contender[],
  { seconds, idleSeconds }: LoadOptions,
  results: Sections,
): Turn[] {
  const { section, scenario } = group;
  const turn = <T>(into: Series<T>[], measure: (contender: Contender) => Promise<T>) =>
    group.contenders.flatMap((name): Turn[] => {
      const contender = contenders.find((one) => one.name === name);
      if (contender === undefined) return [];
      const series: Series<T> = { scenario: scenario.name, contender: name, values: [] };
      into.push(series);
      return [
        {
          label: `${labelOf(group)}: ${name}`,
          measure: async () => {
            series.values.push(await measure(contender));
          },
          fail: () => series.values.push(null),
        },
      ];
    });
  const sections = {
    load: () => turn(results.load, (contender) => measureLoad(contender, scenario, seconds)),
    'bulk TCP': () => turn(results.bulkTcp, (contender) => measureBulkTcp(contender, scenario, seconds)),
    latency: () => turn(results.latency, (contender) => measureLatency(contender, scenario, seconds)),
    idle: () => turn(results.idle, (contender) => measureIdle(contender, scenario, idleSeconds)),
  } satisfies Record<Section, () => Turn[]>;
  return sections[section]();
}

function estimate(turns: number, { rounds, seconds, overloadMinutes }: LoadOptions): string {
  const minutes = (rounds * turns * (seconds + SECONDS_AROUND)) / 60 + overloadMinutes;
  return `${turns} measurements in each of ${rounds} rounds, and ${overloadMinutes} minutes of overload: about ${minutes.toFixed(0)} minutes`;
}
