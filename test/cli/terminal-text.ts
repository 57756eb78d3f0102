/** Text for a terminal: what is replaced, and how it is cut. */
import t from 'tap';
import { cutTo, fitTo, safeLine, safeText, widthOf } from '../../src/cli/terminal-text.js';

t.test('every character that a terminal acts on is replaced', async (t) => {
  const wrong: string[] = [];
  for (let code = 0; code < 0x20; code++) wrong.push(String.fromCharCode(code));
  for (let code = 0x7f; code < 0xa0; code++) wrong.push(String.fromCharCode(code));
  wrong.push('\u2028', '\u2029', '\u202e', '\u2066', '\u200b', '\ufeff', '\u061c', '\ud800');
  for (const character of wrong) {
    t.equal(safeLine(`a${character}b`), 'a\ufffdb', character.charCodeAt(0).toString(16));
  }
  t.equal(safeText('a\nb\tc\n'), 'a\nb\ufffdc\n', 'but for the end of a line');
  t.equal(safeLine('Zoë 漢字 👩‍👩‍👧'.replaceAll('\u200d', '')), 'Zoë 漢字 👩👩👧');
});

for (const { text, columns, want } of [
  { text: 'abcdef', columns: 6, want: 'abcdef' },
  { text: 'abcdef', columns: 5, want: 'abcd…' },
  { text: 'abcdef', columns: 1, want: '…' },
  { text: 'abcdef', columns: 0, want: '' },
  { text: '漢字漢字', columns: 8, want: '漢字漢字' },
  { text: '漢字漢字', columns: 7, want: '漢字漢…' },
  { text: '漢字漢字', columns: 6, want: '漢字…' },
  { text: '漢字', columns: 0, want: '' },
]) {
  t.test(`${text} in ${columns}`, async (t) => {
    t.equal(cutTo(text, columns), want);
    t.ok(widthOf(want) <= columns);
  });
}

t.test('what is cut is safe', async (t) => {
  t.equal(cutTo('a\u001b[31mb', 20), 'a\ufffd[31mb');
  t.equal(fitTo('\u001b]0;x\u0007', 8, 'left'), '\ufffd]0;x\ufffd  ');
});

t.test('filled', async (t) => {
  t.equal(fitTo('漢字', 6, 'left'), '漢字  ');
  t.equal(fitTo('漢字', 6, 'right'), '  漢字');
  t.equal(fitTo('漢字漢字', 6, 'right'), ' 漢字…');
});
