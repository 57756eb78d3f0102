/** Wildcards: what matches, compared with a plain definition, and that no pattern takes long. */
import fc from 'fast-check';
import t from 'tap';
import { matchesWildcard, Wildcard } from '../../src/api/wildcard.js';

const ROWS: readonly (readonly [pattern: string, text: string, want: boolean])[] = [
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['***', 'a', true],
  ['?', '', false],
  ['?', 'a', true],
  ['?', 'ab', false],
  ['ec2:Describe*', 'ec2:DescribeTags', true],
  ['ec2:Describe*', 'ec2:Describe', true],
  ['ec2:Describe*', 'ec2:CreateTags', false],
  ['a*c', 'abc', true],
  ['a*c', 'abcd', false],
  ['a*b*c', 'a--b--b--c', true],
  ['a*bc', 'abcbcbc', true],
  ['*?*', '', false],
  ['a?*', 'a', false],
  ['.', 'a', false],
  [`${'a'.repeat(31)}*`, 'a'.repeat(31), true],
  [`${'a'.repeat(32)}*`, 'a'.repeat(32), true],
  [`${'a'.repeat(32)}?`, 'a'.repeat(32), false],
  [`*${'ab'.repeat(40)}`, 'ab'.repeat(99), true],
  [`*${'ab'.repeat(40)}b`, 'ab'.repeat(99), false],
];

t.test('texts that match', (t) => {
  for (const [pattern, text, want] of ROWS) {
    t.equal(matchesWildcard(pattern, text), want, `${pattern.slice(0, 20)} ${text.slice(0, 20)}`);
  }
  t.ok(new Wildcard('a\\*b\\?\\\\*', true).matches('a*b?\\'));
  t.notOk(new Wildcard('a\\*b', true).matches('axb'));
  t.equal(new Wildcard('a\\*b', true).literal, 'a*b');
  t.equal(new Wildcard('a*b', true).literal, undefined);
  t.ok(new Wildcard('a\\*').matches('a\\b'), 'a backslash is a character of policies');
  t.end();
});

t.test('as a plain definition says', (t) => {
  const text = fc.array(fc.constantFrom('a', 'b', '😀'), { maxLength: 70 }).map((parts) => parts.join(''));
  const pattern = fc.array(fc.constantFrom('a', 'b', '*', '?', '\ude00'), { maxLength: 70 });
  const agrees = fc.property(pattern, text, (parts, value) => {
    const shown = parts.join('');
    const want = isMatch(shown, value);
    return new Wildcard(shown).matches(value) === want && matchesWildcard(shown, value) === want;
  });
  t.doesNotThrow(() => fc.assert(agrees, { numRuns: 5000 }));
  t.end();
});

t.test('no pattern takes long', (t) => {
  const text = 'a'.repeat(2 ** 20);
  const startedMs = performance.now();
  t.notOk(matchesWildcard(`*${'a'.repeat(250)}b`, text));
  t.notOk(matchesWildcard(`${'*a'.repeat(250)}b`, text));
  t.notOk(matchesWildcard(`${'*'.repeat(1000)}?${'*?'.repeat(100)}b`, text));
  t.ok(performance.now() - startedMs < 1500, `${Math.round(performance.now() - startedMs)} ms`);
  t.end();
});

/** By a table of which prefixes fit which. */
function isMatch(pattern: string, text: string): boolean {
  let row = [true, ...new Array<boolean>(text.length).fill(false)];
  for (const step of pattern.split('')) {
    const next = new Array<boolean>(text.length + 1).fill(false);
    for (let end = 0; end <= text.length; end++) {
      if (step === '*') next[end] = row[end] === true || (end > 0 && next[end - 1] === true);
      else next[end] = end > 0 && row[end - 1] === true && (step === '?' || step === text[end - 1]);
    }
    row = next;
  }
  return row[text.length] === true;
}
