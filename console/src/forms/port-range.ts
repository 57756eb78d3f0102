/** Port ranges as people type them: `80`, `1024-65535`, or nothing for every port. */
import { PORT_RANGE } from '../../../src/resources/numbers.js';
import type { PortRange } from '../model/rule.js';
import type { Problem } from './fields.js';

const SYNTAX = /^\s*([0-9]{1,6})\s*(?:[-–]\s*([0-9]{1,6})\s*)?$/;

/** The range of a text. @returns undefined for an empty text, and for one that `portRangeProblem` refuses */
export function parsePortRange(text: string): PortRange | undefined {
  const [, from, to = from] = SYNTAX.exec(text) ?? [];
  if (from === undefined) return undefined;
  return { fromPort: Number(from), toPort: Number(to) };
}

/** What is wrong with the text of a range. */
export function portRangeProblem(text: string): Problem {
  if (text.trim() === '') return undefined;
  const range = parsePortRange(text);
  const { minimum, maximum } = PORT_RANGE;
  if (range === undefined || range.fromPort > maximum || range.toPort > maximum) {
    return `Enter a port or a range of ports from ${minimum} to ${maximum}, such as 80 or 1024-65535.`;
  }
  return range.fromPort > range.toPort ? 'The first port must not be above the last.' : undefined;
}
