/** What the attacks write into a page takes the place of what they wrote before, and breaks no table. */
import t from 'tap';
import type { Result } from '../../../scripts/attack/run.js';
import { type Report, withTable } from '../../../scripts/attack/table.js';

const BEGIN = '<!-- Written by `npm run attack`; do not edit. -->';
const END = '<!-- End of what `npm run attack` writes. -->';

function reportOf(verdict: Result['verdict'], faults: readonly string[] = []): Report {
  const result: Result = {
    name: 'one',
    title: 'a | b',
    by: 'client',
    verdict,
    figures: '<3 calls>',
    faults,
    seconds: 1,
  };
  return { startedAt: '2026-01-02T03:04:05.000Z', machine: '2 × CPU', seconds: 60, results: [result] };
}

t.test('before and after', async (t) => {
  const page = `above\n${BEGIN}\nold\n${END}\nbelow\n`;
  const once = withTable(page, reportOf('failed', ['first\nsecond', 'third']), reportOf('held'));
  t.match(once, 'above\n');
  t.match(once, '\nbelow\n');
  t.notMatch(once, 'old');
  const row = once.split('\n').find((line) => line.includes('**one**')) ?? '';
  t.equal(
    row,
    '| client | **one**: a \\| b | **FAILED**. \\<3 calls\\>. first | **held**. \\<3 calls\\> |',
    'bars and brackets of a text end no cell',
  );
  t.equal(withTable(once, reportOf('failed', ['first\nsecond']), reportOf('held')), once, 'again');
});

t.test('an attack that was not in the run before', async (t) => {
  const before = { ...reportOf('held'), results: [] };
  t.match(withTable(`${BEGIN}\n${END}`, before, reportOf('not-tried')), '|  | **not tried**');
});

t.test('a page without a place for it', async (t) => {
  t.throws(() => withTable('text', reportOf('held'), reportOf('held')), /no lines/);
});
