/** Durable tables: groups, undo, and waiting. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { StateChange } from '../../../src/api/service.js';
import { Store } from '../../../src/api/state/store.js';

const change = (key: string, value: unknown): StateChange => ({ table: 'things', key, value });

/** The state that a new start reads, as text. */
async function showAgain(path: string): Promise<string> {
  const store = await Store.open(path);
  await store.close();
  return show(store);
}

/** The content of the table, as text. */
const show = (store: Store): string => JSON.stringify(Object.fromEntries(store.table('things')));

t.test('changes made together are written together', async (t) => {
  const path = join(t.testdir({}), 'state.jsonl');
  const store = await Store.open(path);
  const groups: number[] = [];
  store.setGroupListener((changes) => {
    groups.push(changes.length);
    return async () => {};
  });
  await Promise.all(Array.from({ length: 100 }, (_, index) => store.commit([change(`k${index}`, index)])));
  t.same(groups, [100]);
  await Promise.all(Array.from({ length: 100 }, (_, index) => store.commit([change(`k${index}`, -index)])));
  t.equal(readFileSync(path, 'utf8').trim().split('\n').length, 3, 'one record each, and that of the format');
  await store.commit([change('k0', undefined)]);
  await store.close();
  t.equal(Object.keys(JSON.parse(await showAgain(path))).length, 99);
});

t.test('changes that the group listener refuses are undone, with all later ones', async (t) => {
  const path = join(t.testdir({}), 'state.jsonl');
  const store = await Store.open(path);
  await store.commit([change('a', 1)]);
  let refuse: (error: Error) => void = () => {};
  let begun: () => void = () => {};
  const started = new Promise<void>((resolve) => {
    begun = resolve;
  });
  store.setGroupListener(() => async () => {
    await new Promise<void>((_, reject) => {
      refuse = reject;
      begun();
    });
  });
  const seen: string[] = [];
  store.watch((_table, key, before, after) => seen.push(`${key} ${before} ${after}`));
  const first = store.commit([change('a', 2), change('b', 1)]);
  await started;
  const second = store.commit([change('a', 3)]);
  const settled = store.settled();
  t.equal(show(store), '{"a":3,"b":1}', 'seen at once');
  refuse(new Error('no memory'));
  await t.rejects(first, { code: 'unavailable', cause: { message: 'no memory' } });
  await t.rejects(second, { code: 'unavailable' });
  await t.rejects(settled, { code: 'unavailable' });
  t.equal(show(store), '{"a":1}');
  t.same(seen, ['a 1 2', 'b undefined 1', 'a 2 3', 'a 3 2', 'b 1 undefined', 'a 2 1']);
  store.setGroupListener(() => async () => {});
  await store.commit([change('c', 1)]);
  await store.close();
  t.equal(await showAgain(path), '{"a":1,"c":1}', 'nothing of it is on disk');
});

t.test('settled waits for everything visible', async (t) => {
  const store = await Store.open(join(t.testdir({}), 'state.jsonl'));
  await store.settled();
  let isDone = false;
  const done = store.commit([change('a', 1)]).then(() => {
    isDone = true;
  });
  await store.settled();
  await Promise.resolve();
  t.ok(isDone);
  await done;
  await store.close();
});

t.test('an exclusive task', async (t) => {
  const store = await Store.open(join(t.testdir({}), 'state.jsonl'));
  const order: string[] = [];
  const before = store.commit([change('a', 1)]);
  const task = store.exclusive(async () => {
    order.push('task');
    void store.commit([change('b', 1)]).then(() => order.push('during'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push('task done');
  });
  await Promise.all([before, task]);
  await store.settled();
  await new Promise(setImmediate);
  t.same(order, ['task', 'task done', 'during']);
  let late: Promise<void> = Promise.resolve();
  const failing = store.exclusive(async () => {
    late = store.commit([change('c', 1)]);
    late.catch(() => {});
    throw new Error('refused');
  });
  await t.rejects(failing, { message: 'refused' });
  await t.rejects(late, { code: 'unavailable' });
  t.equal(show(store), '{"a":1,"b":1}');
  await store.commit([change('d', 1)]);
  await store.close();
});

const skip = process.getuid?.() !== 0 && 'needs root: it mounts a small file system';

t.test('a full disk', { skip }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'traffic-mirror-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory]);
  t.teardown(() => {
    execFileSync('umount', [directory]);
    rmSync(directory, { recursive: true });
  });
  const path = join(directory, 'state.jsonl');
  const store = await Store.open(path);
  await store.commit([change('a', 1)]);
  writeFileSync(join(directory, 'filling'), 'x'.repeat(200_000));
  await t.rejects(store.commit([change('big', 'x'.repeat(100_000))]), {
    code: 'unavailable',
    message: 'it cannot be stored: ENOSPC',
  });
  t.equal(show(store), '{"a":1}', 'undone');
  await store.commit([change('b', 1)]);
  t.pass('what fits still works');
  t.equal(await showAgain(path), '{"a":1,"b":1}');
  execFileSync('rm', [join(directory, 'filling')]);
  await store.commit([change('big', 'x'.repeat(100_000))]);
  t.notOk(existsSync(`${path}.new`));
  await store.close();
  t.equal(Object.keys(JSON.parse(await showAgain(path))).length, 3);
});
