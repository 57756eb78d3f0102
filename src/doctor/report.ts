/** Findings as people and programs read them. */
import { countOf, type Finding, type FindingCode, type Severity, type Unseen } from './finding.js';

/** Findings of one code that are shown to people; programs get all. */
const MOST_OF_ONE_CODE = 10;

/** The object of `doctor --json` and `check --environment --json`: docs/troubleshooting.md. */
export interface Report {
  /** Undefined: no configuration was given, and no daemon names one. */
  readonly configurationFile?: string | undefined;
  /** The daemon that was asked; null: none answers, or none was asked. */
  readonly daemon: { readonly pid: number; readonly version: string } | null;
  readonly errors: number;
  readonly warnings: number;
  readonly hints: number;
  /** Errors first. */
  readonly findings: readonly Finding[];
  readonly notLookedAt: readonly Unseen[];
}

export function reportOf(
  findings: readonly Finding[],
  notLookedAt: readonly Unseen[],
  about: Pick<Report, 'configurationFile' | 'daemon'>,
): Report {
  return {
    ...about,
    errors: countOf(findings, 'error'),
    warnings: countOf(findings, 'warning'),
    hints: countOf(findings, 'hint'),
    findings,
    notLookedAt,
  };
}

/** Each finding: what and where, and below it the remedy. Then what could not be looked at, and a summary. */
export function renderReport({ findings, notLookedAt, errors, warnings, hints }: Report): string {
  const summary = `${plural(errors, 'error')}, ${plural(warnings, 'warning')}, ${plural(hints, 'hint')}`;
  const lines = [
    ...bounded(findings).flatMap((one) => (typeof one === 'string' ? [one] : render(one))),
    ...notLookedAt.map(({ what, why }) => oneLine(`not looked at: ${what}: ${why}`)),
    `${summary}: ${verdictOf(errors, warnings)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function verdictOf(errors: number, warnings: number): string {
  if (errors > 0) return 'copies are kept away or cut';
  return warnings > 0
    ? 'nothing is certain to keep copies away or to cut them'
    : 'nothing found that keeps copies away or cuts them';
}

/** `error [device-down] eni-web: device eth0 is down`, and the remedy. */
function render({ severity, code, subject, text, remedy }: Finding): string[] {
  return [oneLine(`${severity} [${code}] ${subject}: ${text}`), oneLine(`    ${remedy}`)];
}

/** Findings, and a line for those of a code that are too many. */
function bounded(findings: readonly Finding[]): (Finding | string)[] {
  const counts = new Map<string, number>();
  const shown: (Finding | string)[] = findings.filter(({ severity, code }) => {
    const key = keyOf(severity, code);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return (counts.get(key) ?? 0) <= MOST_OF_ONE_CODE;
  });
  const more = [...counts]
    .filter(([, count]) => count > MOST_OF_ONE_CODE)
    .map(([key, count]) => `${key}: ${count - MOST_OF_ONE_CODE} more, which --json shows`);
  return [...shown, ...more];
}

function keyOf(severity: Severity, code: FindingCode): string {
  return `${severity} [${code}]`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Names come from configurations, devices and other hosts: none of them may start a line or steer a terminal. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}
