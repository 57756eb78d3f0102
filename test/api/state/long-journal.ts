/**
 * A state file that is longer than any string or buffer, in both formats, is read as a stream. JOURNAL_MIB is its
 * length; 2300 is more than one read of a whole file can return.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { changeBodies, encodeRecord, formatBody, START } from '../../../src/api/state/record.js';
import { Store } from '../../../src/api/state/store.js';
import { change } from '../../fixtures/api/journals.js';

const MIB = 2 ** 20;
const BYTES = Number(process.env.JOURNAL_MIB ?? 8) * MIB;
/** Each key is overwritten many times, as by a daemon that never rewrites its file. */
const KEYS = 100;
const FILLING = 'x'.repeat(2 ** 17);
/** Memory besides the tables. */
const MAXIMUM_GROWTH_BYTES = 300 * MIB;

/** Formats a group, given its number. */
type Format = (number: number) => Buffer;

/** @returns how many groups it has */
function writeLongFile(path: string, beginning: Buffer, format: Format): number {
  const file = openSync(path, 'w');
  let bytes = writeSync(file, beginning);
  let number = 0;
  for (; bytes < BYTES; number++) bytes += writeSync(file, format(number));
  closeSync(file);
  return number;
}

function groupOf(number: number) {
  return [change(`key${number % KEYS}`, { number, filling: FILLING })];
}

function newFormat(): { beginning: Buffer; format: Format } {
  const first = encodeRecord(START, false, formatBody());
  const [{ body } = { body: Buffer.of() }] = changeBodies([]);
  const second = encodeRecord(first.link, true, body);
  let { link } = second;
  const format = (number: number): Buffer => {
    const records = [...changeBodies(groupOf(number))].map(({ body, isLast }) => {
      const record = encodeRecord(link, isLast, body);
      link = record.link;
      return record.bytes;
    });
    return Buffer.concat(records);
  };
  return { beginning: Buffer.concat([first.bytes, second.bytes]), format };
}

function oldFormat(number: number): Buffer {
  const text = JSON.stringify({
    changes: groupOf(number).map(({ table, key, value }) => [table, key, value]),
  });
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return Buffer.from(`${digest} ${text}\n`);
}

for (const { name, beginning, format } of [
  { name: 'format 2', ...newFormat() },
  { name: 'format 1', beginning: Buffer.of(), format: oldFormat },
]) {
  t.test(`${name}, ${BYTES / MIB} MiB`, async (t) => {
    const path = join(t.testdir({}), 'state.jsonl');
    const groups = writeLongFile(path, beginning, format);
    const size = statSync(path).size;
    const rssBefore = process.resourceUsage().maxRSS * 1024;
    const started = performance.now();
    const store = await Store.open(path);
    const elapsed = performance.now() - started;
    t.equal(store.table('things').size, Math.min(KEYS, groups));
    const last = groups - 1;
    t.match(store.table('things').get(`key${last % KEYS}`), { number: last });
    const growth = process.resourceUsage().maxRSS * 1024 - rssBefore;
    t.ok(growth < MAXIMUM_GROWTH_BYTES, `${Math.round(growth / MIB)} MiB more`);
    await store.commit([change('after', 1)]);
    t.ok(statSync(path).size <= Math.max(size, BYTES) + MIB);
    await store.close();
    const again = await Store.open(path);
    t.equal(again.table('things').get('after'), 1);
    await again.close();
    t.comment(`${groups} groups, read in ${Math.round(elapsed)} ms, ${Math.round(growth / MIB)} MiB more`);
    rmSync(path);
  });
}

t.test(`one group of ${BYTES / MIB} MiB, appended and rewritten`, async (t) => {
  const path = join(t.testdir({}), 'state.jsonl');
  const store = await Store.open(path);
  const filling = 'x'.repeat(MIB);
  const group = Array.from({ length: BYTES / MIB }, (_, index) => change(`key${index}`, filling));
  await store.commit([change('first', 1)]);
  await store.commit(group);
  t.ok(statSync(path).size > BYTES, 'appended');
  await store.commit([change('after', 1)]);
  t.ok(statSync(path).size > BYTES && statSync(path).size < BYTES + MIB, 'written anew');
  await store.close();
  const again = await Store.open(path);
  t.equal(again.table('things').size, group.length + 2);
  await again.close();
  rmSync(path);
});
