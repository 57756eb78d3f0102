import t from 'tap';
import { show } from '../../../src/resources/parsed.js';
import { parseDescription, parseIdentifier, parseLine, parseOneOf } from '../../../src/resources/text.js';

const CHARACTERS = 'expected 1 to 255 characters without control characters, got';

const identifiers = [
  { name: 'API id', input: 'tmt-0df010bc9a30a23a2', want: undefined },
  { name: 'ARN', input: 'arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/ids/0', want: undefined },
  { name: 'spaces and other scripts', input: 'тест 1', want: undefined },
  { name: 'longest', input: 'x'.repeat(255), want: undefined },
  { name: 'too long', input: 'x'.repeat(256), want: `${CHARACTERS} "${'x'.repeat(60)}…"` },
  { name: 'empty', input: '', want: `${CHARACTERS} ""` },
  { name: 'line feed', input: 'a\nb', want: `${CHARACTERS} "a\\nb"` },
  { name: 'NUL', input: 'a\0', want: `${CHARACTERS} "a\\u0000"` },
  { name: 'number', input: 7, want: 'expected text (put it in quotes), got 7' },
  { name: 'boolean', input: true, want: 'expected text (put it in quotes), got true' },
  { name: 'null', input: null, want: 'expected text, got nothing' },
  { name: 'missing', input: undefined, want: 'missing, expected text' },
];

for (const { name, input, want } of identifiers) {
  const parsed = parseIdentifier(input);
  t.strictSame(parsed, want === undefined ? { ok: true, value: input } : { ok: false, text: want }, name);
}

t.strictSame(parseDescription(''), { ok: true, value: '' }, 'a description may be empty');
for (const longest of ['x'.repeat(255), '😀'.repeat(255)]) {
  t.strictSame(parseDescription(longest), { ok: true, value: longest }, 'the longest description');
  const text = `expected at most 255 characters, got ${show(`${longest}x`)}`;
  t.strictSame(parseDescription(`${longest}x`), { ok: false, text }, 'a longer one');
}
t.strictSame(parseLine(1.1, 9), { ok: false, text: 'expected text (put it in quotes), got 1.1' }, 'no text');
t.strictSame(parseOneOf('b', ['a', 'b']), { ok: true, value: 'b' }, 'one of');
t.strictSame(parseOneOf('c', ['a', 'b']), { ok: false, text: 'expected one of a, b, got "c"' }, 'none of');
t.strictSame(parseOneOf('A', ['a']), { ok: false, text: 'expected a, got "A"' }, 'case matters');
