/** A state file that another process touches is not written, and the client's error has no path. */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { Store } from '../../../src/api/state/store.js';
import { change } from '../../fixtures/api/journals.js';

interface Opened {
  readonly path: string;
  readonly store: Store;
  readonly failures: string[];
}

async function openStore(t: Test, requireOwned?: () => Promise<void>): Promise<Opened> {
  const directory = join(t.testdir({}), 'state');
  mkdirSync(directory);
  const path = join(directory, 'state.jsonl');
  const failures: string[] = [];
  const store = await Store.open(path, {
    onFailure: (error) => failures.push((error as Error).message),
    ...(requireOwned && { requireOwned }),
  });
  t.teardown(() => store.close());
  await store.commit([change('a', 1)]);
  return { path, store, failures };
}

async function refuses(t: Test, store: Store, path: string): Promise<void> {
  const error: Error = await store.commit([change('b', 1)]).then(
    () => new Error('it was made'),
    (reason: Error) => reason,
  );
  t.match(error, { code: 'unavailable', message: 'the state file is not as it was left' });
  t.notMatch(error.message, dirname(path));
  t.equal(store.table('things').has('b'), false, 'undone');
}

const rows: readonly { name: string; act: (path: string) => void; want: string }[] = [
  {
    name: 'moved away',
    act: (path) => renameSync(path, `${path}.away`),
    want: 'it was moved away or deleted',
  },
  { name: 'deleted', act: (path) => rmSync(path), want: 'it was moved away or deleted' },
  {
    name: 'its directory moved away',
    act: (path) => renameSync(dirname(path), `${dirname(path)}.away`),
    want: 'it was moved away or deleted',
  },
  {
    name: 'replaced by a copy',
    act: (path) => {
      copyFileSync(path, `${path}.copy`);
      renameSync(`${path}.copy`, path);
    },
    want: 'another file has taken its place',
  },
  { name: 'appended to', act: (path) => appendFileSync(path, 'more'), want: 'bytes where' },
  { name: 'cut', act: (path) => truncateSync(path, 10), want: 'it has 10 bytes where' },
  {
    name: 'overwritten in place',
    // The time is set explicitly: a kernel may count it in steps of milliseconds.
    act: (path) => {
      writeFileSync(path, readFileSync(path), { flag: 'r+' });
      utimesSync(path, new Date(), new Date(Date.now() + 1000));
    },
    want: 'another process wrote to it',
  },
];

for (const { name, act, want } of rows) {
  t.test(name, async (t) => {
    const { path, store, failures } = await openStore(t);
    act(path);
    const left = existsSync(path) ? readFileSync(path) : undefined;
    await refuses(t, store, path);
    await refuses(t, store, path);
    t.match(failures[0], want);
    t.match(failures[0], path, 'the log names the file');
    t.same(existsSync(path) ? readFileSync(path) : undefined, left, 'not touched');
  });
}

t.test('moved back, it is written again', async (t) => {
  const { path, store } = await openStore(t);
  renameSync(path, `${path}.away`);
  await refuses(t, store, path);
  renameSync(`${path}.away`, path);
  await store.commit([change('c', 1)]);
  const again = await Store.open(path);
  t.same([...again.table('things').keys()], ['a', 'c']);
  await again.close();
});

t.test('a file that appears where there was none', async (t) => {
  const path = join(t.testdir({}), 'state.jsonl');
  const store = await Store.open(path);
  t.teardown(() => store.close());
  writeFileSync(path, 'of another');
  await refuses(t, store, path);
  t.equal(readFileSync(path, 'utf8'), 'of another');
});

t.test('moved away before a rewrite', async (t) => {
  const { path, store } = await openStore(t);
  // The next change rewrites it.
  await store.commit([change('big', 'x'.repeat(5_000_000))]);
  renameSync(path, `${path}.away`);
  writeFileSync(path, 'of another');
  await refuses(t, store, path);
  t.equal(readFileSync(path, 'utf8'), 'of another');
});

t.test('moved away after a change that the engine then refuses', async (t) => {
  const { path, store } = await openStore(t);
  let before = Buffer.alloc(0);
  store.setGroupListener(() => async () => {
    before = readFileSync(path);
    renameSync(path, `${path}.away`);
    throw new Error('/run/netns/secret is gone');
  });
  const failed = store.commit([change('b', 1)]);
  await t.rejects(failed, { code: 'uncertain', message: /not known/ });
  t.same(readFileSync(`${path}.away`), before, 'the file that is elsewhere is not cut');
});

t.test('the client does not see the engine’s message', async (t) => {
  const { store, failures } = await openStore(t);
  store.setGroupListener(() => () => Promise.reject(new Error('/run/netns/secret is gone')));
  await t.rejects(store.commit([change('b', 1)]), {
    code: 'unavailable',
    message: 'the engine does not take it',
    cause: { message: '/run/netns/secret is gone' },
  });
  t.equal(failures.length, 1);
});

t.test('a directory that another process owns now', async (t) => {
  let isOwned = true;
  const { path, store } = await openStore(t, async () => {
    if (!isOwned) throw Object.assign(new Error(`${t.name}: secret`), { code: 'state-directory' });
  });
  const before = readFileSync(path);
  isOwned = false;
  await t.rejects(store.commit([change('b', 1)]), { code: 'unavailable', message: /^it cannot be stored/ });
  t.same(readFileSync(path), before);
});
