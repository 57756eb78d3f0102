/** The page of `top`: what fits on the screen, and what keys do. */
import t from 'tap';
import { afterKey, FIRST_PAGE, type PageState, pageOf } from '../../../src/cli/top/page.js';
import { choosePaint, paintColours, paintNothing } from '../../../src/cli/top/paint.js';

const BODY = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
const VIEW = { head: ['title', 'totals', ''], body: BODY };
const SIZE = { columns: 80, rows: 14 };
/** Rows less those of the head and the last one. */
const ROOM = 10;

function press(names: readonly string[], from: PageState = FIRST_PAGE): PageState {
  return names.reduce((state, name) => {
    const key =
      name === '?'
        ? { sequence: '?' }
        : { name: name.replace('shift-', ''), shift: name.startsWith('shift-') };
    return afterKey(state, key, ROOM, BODY.length);
  }, from);
}

function shown(state: PageState): string[] {
  return pageOf(VIEW, state, SIZE, paintNothing);
}

t.test('the head stays, and the place is told', async (t) => {
  const lines = shown(FIRST_PAGE);
  t.equal(lines.length, SIZE.rows);
  t.strictSame(lines.slice(0, 4), ['title', 'totals', '', 'line 1']);
  t.match(lines.at(-1), /^q end {2}h help .* 1-10 of 30$/);
  const all = pageOf({ head: [], body: ['one'] }, FIRST_PAGE, SIZE, paintNothing);
  t.strictSame(all.length, 2, 'no more lines than there are');
  t.notMatch(all.at(-1), ' of ');
});

for (const { keys, first } of [
  { keys: ['down'], first: 2 },
  { keys: ['j', 'j', 'k'], first: 2 },
  { keys: ['up'], first: 1 },
  { keys: ['pagedown'], first: 10 },
  { keys: ['space', 'space'], first: 19 },
  { keys: ['pagedown', 'pagedown', 'pagedown', 'pagedown'], first: 21 },
  { keys: ['end'], first: 21 },
  { keys: ['shift-g'], first: 21 },
  { keys: ['end', 'down'], first: 21 },
  { keys: ['end', 'up'], first: 20 },
  { keys: ['end', 'pageup'], first: 12 },
  { keys: ['end', 'b', 'home'], first: 1 },
  { keys: ['end', 'g'], first: 1 },
  { keys: ['down', 'x'], first: 2 },
]) {
  t.test(`scroll: ${keys.join(', ')}`, async (t) => {
    t.equal(shown(press(keys))[3], `line ${first}`);
  });
}

t.test('a body that became shorter', async (t) => {
  const state = press(['end']);
  const lines = pageOf({ head: [], body: BODY.slice(0, 20) }, state, { columns: 60, rows: 11 }, paintNothing);
  t.equal(lines[0], 'line 11', 'its end is shown');
});

t.test('orders', async (t) => {
  t.match(press(['r']), { order: 'r', isReversed: false });
  t.match(press(['r', 'r']), { order: 'r', isReversed: true });
  t.match(press(['r', 'r', 'r']), { order: 'r', isReversed: false });
  t.match(press(['r', 'r', 's']), { order: 's', isReversed: false });
  t.match(press(['n']), { order: 'n', isReversed: true }, 'the order at the beginning');
  t.equal(press(['end', 'c']).scroll, 0, 'from the first line on');
  t.match(shown(press(['s', 's'])).at(-1), 'order: most skipped and dropped first, reversed');
  t.equal(afterKey(FIRST_PAGE, { name: 's', ctrl: true }, ROOM, 30), FIRST_PAGE, 'Ctrl-S is none');
});

t.test('help', async (t) => {
  for (const key of ['h', '?']) {
    const help = press([key]);
    const lines = pageOf(VIEW, help, { columns: 80, rows: 24 }, paintNothing);
    t.match(lines.join('\n'), /page up, page down/);
    for (const name of ['n', 'r', 's', 'c'])
      t.match(lines.join('\n'), new RegExp(`^ {2}${name} +order:`, 'm'));
    t.ok(lines.length <= 24, 'it fits a screen of 24 rows');
    t.equal(afterKey(help, { name: 'down' }, ROOM, 30).hasHelp, false, 'any key leaves it');
  }
});

t.test('a screen with hardly any room', async (t) => {
  for (const rows of [0, 1, 2, 3]) {
    t.ok(pageOf(VIEW, FIRST_PAGE, { columns: 10, rows }, paintNothing).length <= rows, `${rows} rows`);
  }
});

t.test('colours', async (t) => {
  t.equal(choosePaint(true, {}), paintColours);
  t.equal(choosePaint(true, { NO_COLOR: '' }), paintColours, 'empty is not set');
  t.equal(choosePaint(true, { NO_COLOR: '1' }), paintNothing);
  t.equal(choosePaint(true, { TERM: 'dumb' }), paintNothing);
  t.equal(choosePaint(false, {}), paintNothing, 'nor without a terminal');
  t.equal(paintColours('bad', 'x'), '\x1b[1;31mx\x1b[0m');
  t.equal(paintColours('plain', 'x'), 'x');
});
