/** Containers by the state files of runc: what is read of them, and how they are followed. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseState, RuncState } from '../../src/select/runc-state.js';

const state = (more: object = {}, config: object = {}): string =>
  JSON.stringify({
    init_process_pid: 4711,
    init_process_start: 7_130_452,
    config: {
      labels: ['app=web', 'note=a=b\nc', 'bundle=/run/x', 'broken', 7],
      namespaces: [
        { type: 'NEWPID', path: '' },
        { type: 'NEWNET', path: '' },
      ],
      ...config,
    },
    ...more,
  });

t.test('a state file', async (t) => {
  const found = parseState(state(), 'runc/default/c1');
  t.strictSame(found, {
    id: 'runc/default/c1',
    labels: new Map([
      ['app', 'web'],
      ['note', 'a=b\nc'],
    ]),
    netns: '/proc/4711/ns/net',
    process: { id: 4711, startTicks: '7130452' },
  });
  const named = parseState(state({}, { namespaces: [{ type: 'NEWNET', path: '/run/netns/cni-1' }] }), 'x');
  t.strictSame([named?.netns, named?.process], ['/run/netns/cni-1', undefined]);
  const ofSandbox = parseState(state({}, { namespaces: [{ type: 'NEWNET', path: '/proc/1/ns/net' }] }), 'x');
  t.strictSame(
    [ofSandbox?.netns, ofSandbox?.process?.id],
    ['/proc/4711/ns/net', 4711],
    'the number of another process may be used again: its own says the same',
  );
});

t.test('what is no container with a network of its own', async (t) => {
  const rows = {
    'the network of the host': state({}, { namespaces: [{ type: 'NEWPID', path: '' }] }),
    'no process': state({ init_process_pid: -1 }),
    'a process that is text': state({ init_process_pid: '1/../../self' }),
    'no start': state({ init_process_start: undefined }),
    'no namespaces': state({}, { namespaces: null }),
    'a path with a line feed': state({}, { namespaces: [{ type: 'NEWNET', path: '/run/netns/a\nb' }] }),
    null: 'null',
    'half a file': state().slice(0, 40),
  };
  for (const [name, text] of Object.entries(rows)) t.equal(parseState(text, 'x'), undefined, name);
});

/** Resolves when the containers are so many. */
async function until(source: RuncState, changed: () => Promise<void>, count: number): Promise<void> {
  while (source.containers.length !== count) await changed();
}

function follow(t: Test, directory: string): { source: RuncState; changed: () => Promise<void> } {
  let wake = (): void => {};
  const source = new RuncState(directory, () => wake());
  // What it waits for keeps no process alive.
  const alive = setInterval(() => {}, 1000);
  t.teardown(() => {
    clearInterval(alive);
    source.close();
  });
  const changed = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  return { source, changed };
}

t.test('containers that come and go', async (t) => {
  const root = t.testdir({});
  const add = (namespace: string, id: string, text: string): void => {
    const place = join(root, namespace, id);
    mkdirSync(place, { recursive: true });
    // As runc does.
    writeFileSync(join(place, 'draft'), text);
    renameSync(join(place, 'draft'), join(place, 'state.json'));
  };
  add('default', 'before', state());
  const { source, changed } = follow(t, root);
  await source.ready;
  t.strictSame(
    source.containers.map(({ id }) => id),
    ['runc/default/before'],
  );
  add('default', 'later', state());
  await until(source, changed, 2);
  add('k8s.io', 'app', state({}, { labels: ['io.kubernetes.cri.container-type=container'] }));
  add('k8s.io', 'pause', state({}, { labels: ['io.kubernetes.cri.container-type=sandbox'] }));
  await until(source, changed, 4);
  t.equal(source.containers[0]?.id, 'runc/k8s.io/pause', 'of a pod, the container that stays');
  rmSync(join(root, 'default', 'before'), { recursive: true });
  rmSync(join(root, 'k8s.io'), { recursive: true });
  await until(source, changed, 1);
  t.equal(source.problem, undefined);
});

t.test('a file that is too large, and a directory that cannot be read', async (t) => {
  const huge = state({ padding: 'x'.repeat(2 ** 20) });
  const root = t.testdir({ default: { c1: { 'state.json': huge }, c2: { 'state.json': state() } } });
  const { source } = follow(t, root);
  await source.ready;
  t.strictSame(
    source.containers.map(({ id }) => id),
    ['runc/default/c2'],
  );
  const missing = follow(t, join(root, 'missing')).source;
  await missing.ready;
  t.match(missing.problem, /missing cannot be read: ENOENT/);
});

t.test('what cannot be read is not gone', async (t) => {
  const root = join(t.testdir({ runc: { default: { c1: { 'state.json': state() } } } }), 'runc');
  const { source, changed } = follow(t, root);
  t.equal(source.isWhole, false, 'not looked yet');
  await source.ready;
  t.strictSame([source.containers.length, source.isWhole], [1, true]);
  const place = join(root, 'default', 'c1');
  rmSync(join(place, 'state.json'));
  mkdirSync(join(place, 'state.json'));
  // Tells of the container's directory: what is known is read again.
  mkdirSync(join(root, 'default', 'c2'));
  while (source.problem === undefined) await changed();
  t.match(source.problem, /c1 cannot be read: EISDIR/);
  t.strictSame([source.containers.length, source.isWhole], [1, false], 'a file');
  renameSync(root, `${root}-away`);
  writeFileSync(root, '');
  mkdirSync(join(`${root}-away`, 'more'));
  while (!/ENOTDIR/.test(source.problem ?? '')) await changed();
  t.strictSame([source.containers.length, source.isWhole], [1, false], 'the directory of all');
});
