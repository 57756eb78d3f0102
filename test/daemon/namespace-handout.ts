/** Namespaces from the daemon to an engine: opened, followed, forgotten; on the real kernel, without privileges. */
import { fstatSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { NamespaceHandout } from '../../src/daemon/namespace-handout.js';
import { HandedNamespaces } from '../../src/io/handed-namespaces.js';
import { DescriptorSocket } from '../../src/linux/descriptor-socket.js';
import { type Libc, openLibc } from '../../src/linux/libc.js';
import type { EnginePlan } from '../../src/plan/engine-plan.js';
import { ENGINE_OPTIONS, sourcePlan } from '../fixtures/plans/builders.js';

/** The daemon looks four times a second. */
const LIMIT_MS = 2000;
const POLL_MS = 10;
/** Two namespaces of this process, which may be opened without privileges. */
const ONE = '/proc/self/ns/net';
const OTHER = '/proc/self/ns/uts';

function planOf(paths: readonly string[]): EnginePlan {
  const lanes = paths.map((netns, index) => ({
    source: sourcePlan([{ rules: [{}] }], { id: `eni-${index}`, device: 'eth0', netns }),
    direction: 'ingress' as const,
  }));
  return { io: 'ring', lanes, targetAddresses: [], engine: ENGINE_OPTIONS };
}

interface Line {
  readonly libc: Libc;
  readonly handout: NamespaceHandout;
  readonly handed: HandedNamespaces;
}

async function connect(t: Test): Promise<Line> {
  const libc = await openLibc();
  const [ours, theirs] = libc.socketPair();
  const handout = new NamespaceHandout(new DescriptorSocket(libc, ours));
  t.teardown(() => {
    handout.close();
    libc.close(theirs);
  });
  return { libc, handout, handed: new HandedNamespaces(libc, theirs) };
}

/** What the engine has under a path: an inode, or the problem. */
function found({ libc, handed }: Line, path: string): number | string {
  handed.take();
  try {
    const descriptor = handed.open(path);
    const { ino } = fstatSync(descriptor);
    libc.close(descriptor);
    return ino;
  } catch (error) {
    return (error as Error).message;
  }
}

async function until(line: Line, path: string, want: number | string): Promise<number | string> {
  const deadline = performance.now() + LIMIT_MS;
  while (found(line, path) !== want && performance.now() < deadline) await sleep(POLL_MS);
  return found(line, path);
}

const inodeOf = (path: string): number => statSync(path).ino;

t.test('with the plan', async (t) => {
  const line = await connect(t);
  const directory = t.testdir({ file: 'secret' });
  const file = `${directory}/file`;
  t.equal(found(line, ONE), `network namespace ${ONE} is not opened yet`);
  line.handout.give(planOf([ONE, OTHER, file, `${directory}/nothing`]));
  t.equal(found(line, ONE), inodeOf(ONE), 'at once');
  t.equal(found(line, OTHER), inodeOf(OTHER));
  t.equal(found(line, file), `${file} is not a network namespace`, 'no other file is ever handed over');
  t.equal(found(line, `${directory}/nothing`), `network namespace ${directory}/nothing does not exist`);
});

t.test('a path that names another namespace, then none', async (t) => {
  const line = await connect(t);
  const path = `${t.testdir({})}/web`;
  symlinkSync(ONE, path);
  line.handout.give(planOf([path]));
  t.equal(found(line, path), inodeOf(ONE));
  const first = line.handed.find(path);
  rmSync(path);
  symlinkSync(OTHER, path);
  t.equal(await until(line, path, inodeOf(OTHER)), inodeOf(OTHER), 'is followed');
  t.not(line.handed.find(path), first, 'and the engine is told');
  rmSync(path);
  const gone = `network namespace ${path} does not exist`;
  t.equal(await until(line, path, gone), gone);
  const problem = line.handed.find(path);
  await sleep(600);
  line.handed.take();
  t.equal(line.handed.find(path), problem, 'the same problem is sent once');
  writeFileSync(path, '');
  t.equal(
    await until(line, path, `${path} is not a network namespace`),
    `${path} is not a network namespace`,
  );
  rmSync(path);
  symlinkSync(ONE, path);
  t.equal(await until(line, path, inodeOf(ONE)), inodeOf(ONE), 'and back');
});

t.test('a plan that comes and goes', async (t) => {
  const line = await connect(t);
  const opened = readdirSync('/proc/self/fd').length;
  line.handout.give(planOf([ONE]));
  line.handout.give(planOf([OTHER]));
  t.equal(found(line, ONE), inodeOf(ONE), 'until the next plan runs, the one before may go on');
  t.equal(readdirSync('/proc/self/fd').length, opened + 2, 'one descriptor each, of the engine');
  line.handout.keepOnly(planOf([OTHER]));
  t.equal(found(line, ONE), `network namespace ${ONE} is not opened yet`, 'forgotten');
  t.equal(found(line, OTHER), inodeOf(OTHER));
  t.equal(readdirSync('/proc/self/fd').length, opened + 1, 'and closed');
  line.handout.give(planOf([ONE, OTHER]));
  t.equal(found(line, ONE), inodeOf(ONE), 'and given again');
});

t.test('more namespaces than the connection holds', async (t) => {
  const line = await connect(t);
  const directory = t.testdir({});
  const paths = Array.from({ length: 1500 }, (_, index) => `${directory}/${'long'.repeat(50)}-${index}`);
  for (const path of paths) symlinkSync(ONE, path);
  line.handout.give(planOf(paths));
  const isOpen = (path: string): boolean => typeof found(line, path) === 'number';
  t.notOk(
    paths.every((path) => line.handed.find(path) !== undefined),
    'not all at once',
  );
  const deadline = performance.now() + 4 * LIMIT_MS;
  while (!paths.every(isOpen) && performance.now() < deadline) await sleep(POLL_MS);
  t.ok(paths.every(isOpen), 'all in the end');
  line.handout.keepOnly(planOf([]));
  t.equal(
    await until(line, paths[0]!, `network namespace ${paths[0]} is not opened yet`),
    `network namespace ${paths[0]} is not opened yet`,
  );
});

t.test('an engine that has ended', async (t) => {
  const libc = await openLibc();
  const [ours, theirs] = libc.socketPair();
  libc.close(theirs);
  const handout = new NamespaceHandout(new DescriptorSocket(libc, ours));
  handout.give(planOf([ONE]));
  handout.close();
  t.pass('is no matter');
});

t.test('an engine without a connection for namespaces', async (t) => {
  const handed = new HandedNamespaces(await openLibc(), 9999);
  handed.take();
  t.throws(() => handed.open(ONE), { message: `network namespace ${ONE} is not opened yet` });
});

t.test('the namespace that is meant, or none', async (t) => {
  const line = await connect(t);
  const { dev, ino } = statSync(ONE);
  const planFor = (netnsIdentity: string): EnginePlan => {
    const plan = planOf([ONE]);
    return {
      ...plan,
      lanes: plan.lanes.map((one) => ({ ...one, source: { ...one.source, netnsIdentity } })),
    };
  };
  line.handout.give(planFor(`${dev} ${ino + 1}`));
  t.equal(found(line, ONE), `network namespace ${ONE} is another one now`);
  line.handout.give(planFor(`${dev} ${ino}`));
  t.equal(found(line, ONE), ino);
});
