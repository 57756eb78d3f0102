/**
 * The pictures of `top` in docs/operations.md are what it shows of a fixed status. WRITE_PICTURES=1 writes them anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { FIRST_PAGE, pageOf } from '../../src/cli/top/page.js';
import { paintNothing } from '../../src/cli/top/paint.js';
import { viewOf } from '../../src/cli/top/view.js';
import { fromRoot } from '../fixtures/root.js';
import { busyStatus } from '../fixtures/status/busy-status.js';

const FILE = fromRoot('docs/operations.md');

function pictureOf(columns: number, rows: number): string {
  const layout = { ...FIRST_PAGE, columns, paint: paintNothing, mostReasons: Math.max(1, rows >> 3) };
  const view = viewOf(busyStatus(1), busyStatus(0), layout);
  const lines = pageOf(view, FIRST_PAGE, { columns, rows }, paintNothing);
  return lines.map((line) => line.trimEnd()).join('\n');
}

for (const [columns, rows] of [
  [80, 24],
  [120, 40],
] as const) {
  t.test(`${columns}x${rows}`, async (t) => {
    const page = readFileSync(FILE, 'utf8');
    const place = new RegExp(`(<!-- top ${columns}x${rows} -->\n\`\`\`text\n)([^]*?)(\n\`\`\`)`);
    const [, , told] = place.exec(page) ?? [];
    const want = pictureOf(columns, rows);
    if (process.env.WRITE_PICTURES === '1') {
      t.type(told, 'string', 'it has its place');
      writeFileSync(
        FILE,
        page.replace(place, (_, before, __, after) => `${before}${want}${after}`),
      );
      return;
    }
    t.equal(told, want);
    const lines = want.split('\n');
    t.ok(lines.length <= rows && lines.every((line) => line.length <= columns), 'it fits the screen');
    for (const id of ['tms-0123456789abcdef0', 'eni-0a1b2c3d4e5f60718']) t.match(want, id, 'whole ids');
    t.match(want, /WHY/, 'why copies are skipped');
    t.match(want, /CUT\/s/, 'what is cut');
    t.match(want, /^tms-\S+ out /m, 'directions');
  });
}
