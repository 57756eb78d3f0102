/** The results as a page. */
import { originOf } from '../page.js';
import { type Result, renderTable } from './scenario.js';

export interface Run {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly rounds: number;
  /** Load averages of the machine over a minute. */
  readonly loadBefore: number;
  readonly loadAfter: number;
  readonly results: readonly Result[];
}

export function renderPage({ startedAt, rounds, loadBefore, loadAfter, results }: Run): string {
  return [
    '# What mirroring costs others',
    '',
    originOf('npm run bench -- --neighbours', startedAt),
    `Load average over a minute: ${loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after, the bench's own load included.`,
    `Medians of ${rounds} rounds, which take turns over the scenarios. Sources, targets, mirror and production share the`,
    'machine, each in a network namespace of its own.',
    '',
    renderTable(results),
    '',
    'Shared link: everything that a source sends or receives is mirrored over the link of 100 Mbit/s that production',
    'needs; production is iperf3. Many sources: veths, with sessions that the control API creates one by one; the source',
    'beside them is mirrored from the first to the last change. GSO frames: 60,000 bytes each, which would be as many',
    'segments. Two workers: the second stands still at first, so that copies tell which of the two made them; what happens',
    'when plans change or a worker dies is for `sh scripts/test.sh live test/live/workers.ts`. Both directions wanted is',
    'measured only with `--before FILE`, the command of a build that has a ring for each direction.',
    '',
  ].join('\n');
}
