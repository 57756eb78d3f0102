/** Pages of figures in docs/: the path of a page, and its sentence about command, date, commit and machine. */
import { execFileSync } from 'node:child_process';
import { describeMachine } from './machine.js';

/** A file in docs/ of the repository. @param name without the folder. */
export function docsFile(name: string): URL {
  return new URL(`../../docs/${name}`, import.meta.url);
}

/** The first line of a page. @param command what writes it. @param startedAt when the run began: ISO 8601. */
export function originOf(command: string, startedAt: string): string {
  return `Written by \`${command}\` on ${startedAt.slice(0, 10)}, commit ${commit()}: ${describeMachine()}.`;
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
