/** Which characters texts may hold, decided character by character over all of the first plane. */
import t from 'tap';
import { isLine, isText, isXmlText, replaceNonXml, toLine } from '../../../src/resources/text.js';

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

t.test('pairs of halves', async (t) => {
  for (const test of [isLine, isText, isXmlText]) {
    t.equal(test('a😀b'), true, 'a pair');
    t.equal(test('a\ude00\ud83d'), false, 'in the wrong order');
    t.equal(test('\ud83d'), false, 'half of one');
    t.equal(test(''), true);
  }
  t.equal(replaceNonXml('😀\ud83d😀\u0000\ude00'), '😀\ufffd😀\ufffd\ufffd');
});
