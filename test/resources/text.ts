/** Which characters texts may hold, checked for every character of the first plane; and how values are parsed. */
import t from 'tap';
import { show } from '../../src/resources/parsed.js';
import {
  isLine,
  isText,
  isXmlText,
  parseDescription,
  parseIdentifier,
  parseLine,
  parseOneOf,
  replaceNonXml,
  toLine,
} from '../../src/resources/text.js';

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
t.strictSame(parseLine(1.1, 9), { ok: false, text: 'expected text (put it in quotes), got 1.1' }, 'not text');
t.strictSame(parseOneOf('b', ['a', 'b']), { ok: true, value: 'b' }, 'one of');
t.strictSame(parseOneOf('c', ['a', 'b']), { ok: false, text: 'expected one of a, b, got "c"' }, 'none of');
t.strictSame(parseOneOf('A', ['a']), { ok: false, text: 'expected a, got "A"' }, 'case matters');

t.test('every character of the first plane', async (t) => {
  const wrong: string[] = [];
  for (let unit = 0; unit <= 0xffff; unit++) {
    const text = `a${String.fromCharCode(unit)}b`;
    const isBreak = unit === 0x09 || unit === 0x0a || unit === 0x0d;
    const isC0 = unit < 0x20 && !isBreak;
    const isHalf = unit >= 0xd800 && unit <= 0xdfff;
    const isXml = !isC0 && !isHalf && unit < 0xfffe;
    const isPlain = isXml && !(unit >= 0x7f && unit <= 0x9f);
    const want = { line: isPlain && !isBreak, text: isPlain, xml: isXml };
    const got = { line: isLine(text), text: isText(text), xml: isXmlText(text) };
    if (JSON.stringify(got) !== JSON.stringify(want)) wrong.push(unit.toString(16));
    if (toLine(text) !== (want.line ? text : 'a\ufffdb')) wrong.push(`line ${unit.toString(16)}`);
    if (replaceNonXml(text) !== (isXml ? text : 'a\ufffdb')) wrong.push(`replaced ${unit.toString(16)}`);
  }
  t.strictSame(wrong, []);
});

t.test('surrogate pairs', async (t) => {
  for (const test of [isLine, isText, isXmlText]) {
    t.equal(test('a😀b'), true, 'a pair');
    t.equal(test('a\ude00\ud83d'), false, 'halves in the wrong order');
    t.equal(test('\ud83d'), false, 'half of one');
    t.equal(test(''), true);
  }
  t.equal(replaceNonXml('😀\ud83d😀\u0000\ude00'), '😀\ufffd😀\ufffd\ufffd');
});
