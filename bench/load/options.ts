/** Options of the load bench. */
import { parseArgs } from 'node:util';
import { type ExternalCommand, parseExternal } from './external.js';

export interface LoadOptions {
  readonly rounds: number;
  /** Of each load. */
  readonly seconds: number;
  /** Of each look at what idles. */
  readonly idleSeconds: number;
  /** 0: no overload. */
  readonly overloadMinutes: number;
  /** Part of the label of what is measured; empty: everything. */
  readonly only: string;
  readonly externals: readonly ExternalCommand[];
  /** The page is printed, not written. */
  readonly isDry: boolean;
}

const FULL = { rounds: 3, seconds: 2, idleSeconds: 10, overloadMinutes: 10 };
/** To see that everything works: the figures are worth little. */
const QUICK = { rounds: 1, seconds: 2, idleSeconds: 2, overloadMinutes: 0.1 };
/** A generator never runs for longer. */
const MOST = { rounds: 100, seconds: 600, 'overload-minutes': 24 * 60 };

/** @throws Error that names the option and what it must be. */
export function parseLoadOptions(args: readonly string[]): LoadOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      'overload-minutes': { type: 'string' },
      only: { type: 'string', default: '' },
      external: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      dry: { type: 'boolean', default: false },
    },
  });
  const defaults = values.quick ? QUICK : FULL;
  const rounds = numberOf(values, 'rounds') ?? defaults.rounds;
  if (!Number.isInteger(rounds) || rounds === 0)
    throw new Error(`--rounds ${values.rounds}: must be from 1 on`);
  const seconds = numberOf(values, 'seconds') ?? defaults.seconds;
  if (seconds < 1) throw new Error(`--seconds ${values.seconds}: must be from 1 on`);
  return {
    rounds,
    seconds,
    idleSeconds: defaults.idleSeconds,
    overloadMinutes: numberOf(values, 'overload-minutes') ?? defaults.overloadMinutes,
    only: values.only,
    externals: values.external.map(parseExternal),
    isDry: values.dry || values.quick || values.only !== '',
  };
}

/** The command as the page shows it: commands of others stay with who gave them. */
export function commandText({ rounds, seconds, overloadMinutes, externals }: LoadOptions): string {
  const others = externals.map(({ name }) => `--external '${name}=...'`);
  const numbers = [`--rounds ${rounds}`, `--seconds ${seconds}`, `--overload-minutes ${overloadMinutes}`];
  return ['npm run bench --', ...numbers, ...others].join(' ');
}

function numberOf(values: Record<string, unknown>, name: keyof typeof MOST): number | undefined {
  const text = values[name];
  if (typeof text !== 'string') return undefined;
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= MOST[name])) {
    throw new Error(`--${name} ${text}: must be a number from 0 to ${MOST[name]}`);
  }
  return value;
}
