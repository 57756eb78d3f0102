/** The IR as text, for `explain`. */
import type { Effect, Entry, Program } from './ir.js';
import { renderMatch } from './render-match.js';
import type { Removal, Simplified } from './simplify.js';
import { UNMATCHED } from './verdict.js';

/** Lines: the stages in the order they are tried, each entry with its tests, then what simplify dropped. */
export function renderIr({ program, removals }: Simplified): string {
  return [...renderProgram(program), ...renderRemovals(removals)].join('\n');
}

function renderProgram(program: Program): string[] {
  return [
    `arp: ${renderEffect(program.arpVerdict)}`,
    ...program.stages.flatMap((stage) => [`${stage.label}:`, ...stage.entries.map(renderEntry)]),
    `otherwise: ${renderEffect(UNMATCHED)}`,
  ];
}

function renderEntry(entry: Entry): string {
  return `  ${entry.label}: ${renderMatch(entry.match)} => ${renderEffect(entry.effect)}`;
}

function renderEffect(effect: Effect): string {
  if (effect === 'leave') return 'reject: next session';
  if (effect >= 0) return `match, outcome ${effect}`;
  return effect === UNMATCHED ? 'unmatched' : 'unmirrored';
}

function renderRemovals(removals: readonly Removal[]): string[] {
  if (removals.length === 0) return [];
  return ['left out:', ...removals.map((one) => `  ${one.stage}, ${one.entry}: ${one.reason}`)];
}
