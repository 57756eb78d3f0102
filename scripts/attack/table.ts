/** The outcome of a run, for a terminal, and as a table for docs/security.md. */
import type { Result } from './run.js';

/** A run, as `--json` writes it. */
export interface Report {
  readonly startedAt: string;
  readonly machine: string;
  readonly seconds: number;
  readonly results: readonly Result[];
}

const VERDICTS = { held: 'held', failed: 'FAILED', 'not-tried': 'not tried' } as const;
const NAME_WIDTH = 18;
const VERDICT_WIDTH = 10;
/** The most characters of a fault that are shown. */
const TOLD_CHARACTERS = 120;
const BEGIN = '<!-- Written by `npm run attack`; do not edit. -->';
const END = '<!-- End of what `npm run attack` writes. -->';

/** A result, as it is printed when it is there: figures and faults on lines of their own. */
export function formatResult({ name, title, verdict, figures, faults, seconds }: Result): string {
  const head = `${name.padEnd(NAME_WIDTH)}${VERDICTS[verdict].padEnd(VERDICT_WIDTH)}${title} (${seconds.toFixed(0)} s)`;
  const indent = ' '.repeat(NAME_WIDTH);
  return [head, `${indent}${figures}`, ...faults.map((fault) => `${indent}- ${fault}`)].join('\n');
}

/**
 * Puts both runs in the place of what an earlier run wrote into a page.
 * @throws Error when the page has no such place
 */
export function withTable(page: string, before: Report, after: Report): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the page has no lines ${BEGIN} and ${END}`);
  return (
    page.slice(0, begin) +
    [BEGIN, '', ...tableOf(before, after), '', END].join('\n') +
    page.slice(end + END.length)
  );
}

function tableOf(before: Report, after: Report): string[] {
  const earlier = new Map(before.results.map((result) => [result.name, result]));
  return [
    `\`npm run attack\` on ${after.startedAt.slice(0, 10)}: ${after.machine}; ${Math.round(after.seconds)} s. Before: the`,
    `daemon as it was when the set was written, attacked on ${before.startedAt.slice(0, 10)}: ${before.machine}.`,
    '',
    '| by | attack | before | after |',
    '| --- | --- | --- | --- |',
    ...after.results.map((result) => {
      const { name, title, by } = result;
      return `| ${by} | **${name}**: ${cell(title)} | ${outcomeOf(earlier.get(name))} | ${outcomeOf(result)} |`;
    }),
  ];
}

function outcomeOf(result: Result | undefined): string {
  if (result === undefined) return '';
  const { verdict, figures, faults } = result;
  const [fault] = faults;
  return cell(`**${VERDICTS[verdict]}**. ${figures}${fault === undefined ? '' : `. ${firstLine(fault)}`}`);
}

/** The first line of a text, cut to what a cell has room for. */
function firstLine(text: string): string {
  const [line = ''] = text.split('\n', 1);
  return line.length > TOLD_CHARACTERS ? `${line.slice(0, TOLD_CHARACTERS)}…` : line;
}

/** Text that ends neither the cell nor the line. */
function cell(text: string): string {
  return text
    .replace(/[\\|<>`*_]/g, (character) => (character === '*' ? '*' : `\\${character}`))
    .replace(/\s+/g, ' ');
}
