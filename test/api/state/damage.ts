/** Damaged state files: every bit changed, every length, every order of records. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  change,
  linesOf,
  readJournal,
  type Scanned,
  scanBytes,
  writeJournal,
} from '../../fixtures/api/journals.js';

const BITS = 8;

/** A first group of three records, including the format record; groups of one record; a last group of several. */
async function makeFile(t: Test): Promise<Buffer> {
  const many = (name: string) => [change(`${name}1`, 'x'.repeat(300_000)), change(`${name}2`, 'ü')];
  const path = join(t.testdir({}), 'state.jsonl');
  return writeJournal(path, many('first'), [[change('b', { text: '\n"{' })], [change('c')], many('last')]);
}

/** A file without the long values, so that every bit can be tried. */
async function makeSmallFile(t: Test): Promise<Buffer> {
  const path = join(t.testdir({}), 'state.jsonl');
  return writeJournal(path, [change('a', 1)], [[change('b', { text: '\n"{' })], [change('c')]]);
}

t.test('a changed bit', async (t) => {
  const bytes = await makeSmallFile(t);
  const starts = startsOf(bytes);
  const wrong: string[] = [];
  for (let bit = 0; bit < bytes.length * BITS; bit++) {
    const at = Math.floor(bit / BITS);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit % BITS));
    const { break: problem } = await scanBytes(bytes);
    if (problem?.kind !== 'damaged' || problem.record !== 1 + starts.findLastIndex((start) => start <= at)) {
      wrong.push(`bit ${bit}: ${JSON.stringify(problem)}`);
    }
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit % BITS));
  }
  t.same(wrong, []);
  t.equal((await scanBytes(bytes)).break, undefined, 'as it was, it is good');
  t.comment(`${bytes.length * BITS} bits`);
});

t.test('a changed byte in a group of several records', async (t) => {
  const bytes = await makeFile(t);
  const starts = startsOf(bytes);
  for (const [index, start] of starts.entries()) {
    const end = starts[index + 1] ?? bytes.length;
    for (const at of [start, start + 1, start + 20, start + 30, start + 50, end - 40, end - 2, end - 1]) {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 0x40;
      const { break: problem } = await scanBytes(copy);
      t.match(
        problem,
        { kind: 'damaged', record: index + 1, offset: start },
        `record ${index + 1}, byte ${at}`,
      );
    }
  }
});

t.test('a removed, repeated or moved record', async (t) => {
  const lines = linesOf(await makeFile(t));
  t.equal(lines.length, 7);
  const scan = (changed: readonly string[]): Promise<Scanned> =>
    scanBytes(Buffer.from(changed.join(''), 'latin1'));
  for (const index of lines.keys()) {
    const line = lines[index] ?? '';
    const isLast = index === lines.length - 1;
    const removed = await scan(lines.toSpliced(index, 1));
    // Without its last record, the last group is as it was during its write.
    t.equal(removed.break?.kind, isLast ? 'torn' : 'damaged', `record ${index + 1} removed`);
    t.match(
      (await scan(lines.toSpliced(index, 0, line))).break,
      { kind: 'damaged' },
      `${index + 1} repeated`,
    );
    t.match((await scan([...lines, line])).break, { kind: 'damaged' }, `${index + 1} once more at the end`);
    for (const other of lines.keys()) {
      if (other === index) continue;
      const swapped = lines.with(index, lines[other] ?? '').with(other, line);
      t.match((await scan(swapped)).break, { kind: 'damaged' }, `${index + 1} and ${other + 1} swapped`);
    }
  }
});

t.test('a record of another file', async (t) => {
  const one = linesOf(await makeSmallFile(t));
  const other = linesOf(await makeSmallFile(t));
  for (const index of one.keys()) {
    const mixed = Buffer.from(one.with(index, other[index] ?? '').join(''), 'latin1');
    t.match((await scanBytes(mixed)).break, { kind: 'damaged' }, `record ${index + 1}`);
  }
});

t.test('cut anywhere, the file has the complete groups before the cut', async (t) => {
  const bytes = await makeSmallFile(t);
  const starts = startsOf(bytes);
  const wrong: string[] = [];
  for (let length = 1; length <= bytes.length; length++) {
    const { break: problem, keys } = await scanBytes(bytes.subarray(0, length));
    const isAtEnd = length === bytes.length || starts.includes(length);
    const inFirstGroup = length < (starts[2] ?? 0);
    // A file gets its name when its first group is complete.
    const want = inFirstGroup ? 'damaged' : isAtEnd ? undefined : 'torn';
    const whole = ['a', 'b', 'c'].filter((_, index) => length >= (starts[index + 2] ?? bytes.length));
    if (problem?.kind !== want || keys.join() !== whole.join())
      wrong.push(`${length}: ${JSON.stringify(problem)}`);
  }
  t.same(wrong, []);
});

t.test('cut anywhere in a group of several records, the file does not have the group', async (t) => {
  const bytes = await makeFile(t);
  const starts = startsOf(bytes);
  const [last = 0] = starts.slice(-2);
  for (const length of [
    last + 1,
    last + 60,
    (starts.at(-1) ?? 0) - 1,
    starts.at(-1) ?? 0,
    bytes.length - 1,
  ]) {
    const scan = await scanBytes(bytes.subarray(0, length));
    t.match(scan, { break: { kind: 'torn' }, end: { bytes: last } }, `${length} bytes`);
    t.same(scan.keys, ['first1', 'first2', 'b', 'c']);
  }
});

t.test('bytes after the end', async (t) => {
  const bytes = await makeSmallFile(t);
  for (const more of ['\0', '\0'.repeat(50), '\n', '.000000000007 ', 'x'.repeat(100)]) {
    const { break: problem } = await scanBytes(Buffer.concat([bytes, Buffer.from(more)]));
    t.match(problem, { kind: 'damaged', record: 5 }, JSON.stringify(more));
  }
  for (const more of ['+', '.', '+000000000005', '.000000000005 0000']) {
    const { break: problem } = await scanBytes(Buffer.concat([bytes, Buffer.from(more)]));
    t.match(problem, { kind: 'torn' }, `${more} may be what was being written`);
  }
});

t.test('reading in chunks of any length', async (t) => {
  const bytes = await makeSmallFile(t);
  const whole = await scanBytes(bytes);
  for (let chunk = 1; chunk <= bytes.length + 1; chunk++) {
    t.strictSame(await scanBytes(bytes, chunk), whole, `chunks of ${chunk} bytes`);
  }
});

t.test('the error for a damaged file says where, and what to do', async (t) => {
  const bytes = await makeSmallFile(t);
  bytes[(startsOf(bytes)[2] ?? 0) + 45] ^= 1;
  const path = join(t.testdir({}), 'state.jsonl');
  writeFileSync(path, bytes);
  await t.rejects(readJournal(path), {
    code: 'damaged',
    message: `${path}:3: damaged record at byte ${startsOf(bytes)[2]}: its digest is not that of its bytes; restore the file from a copy, or cut it off there: traffic-mirror state repair --config FILE`,
  });
});

/** Offsets of the records. */
function startsOf(bytes: Buffer): number[] {
  let end = 0;
  return linesOf(bytes).map(({ length }) => {
    end += length;
    return end - length;
  });
}
