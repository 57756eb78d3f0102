/**
 * A fault at each step of write, undo and rewrite, followed by a kill or a power cut. Acknowledged changes are there,
 * failed ones are not, and uncertain ones may be either.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Store } from '../../../src/api/state/store.js';
import { type Contents, type Fault, FaultyDisk } from '../../fixtures/api/faulty-disk.js';
import { change, writeJournal } from '../../fixtures/api/journals.js';
import { fromRoot } from '../../fixtures/root.js';

const OLD_FILE = fromRoot('test/fixtures/api/state-format-1.jsonl');
const NAME = 'state.jsonl';

/** The outcome that the client got. */
type Told = 'done' | 'failed' | 'uncertain';

/** The engine's answer to each change. */
type Verdict = 'taken' | 'refused';

interface Scenario {
  readonly name: string;
  /** Makes the files before the changes. */
  readonly prepare?: (path: string) => Promise<void>;
  readonly verdicts: readonly Verdict[];
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'a new file', verdicts: ['taken', 'taken', 'refused', 'taken', 'taken'] },
  { name: 'a new file that the engine refuses', verdicts: ['refused', 'taken', 'refused', 'taken'] },
  {
    name: 'a file of format 1',
    prepare: async (path) => copyFileSync(OLD_FILE, path),
    verdicts: ['refused', 'taken', 'taken'],
  },
  {
    name: 'appended to',
    prepare: async (path) => void (await writeJournal(path, [change('before', 0)], [])),
    verdicts: ['taken', 'refused', 'taken', 'refused', 'taken'],
  },
  {
    name: 'after a torn write',
    prepare: async (path) => {
      const bytes = await writeJournal(path, [change('before', 0)], [[change('torn', 0)]]);
      writeFileSync(path, bytes.subarray(0, -9));
    },
    verdicts: ['taken', 'refused', 'taken'],
  },
];

interface Run {
  readonly disk: FaultyDisk;
  /** Undefined when the start failed. */
  readonly told: readonly Told[] | undefined;
  /** Keys in memory. */
  readonly memory: readonly string[];
}

async function run(directory: string, { prepare, verdicts }: Scenario, fault?: Fault): Promise<Run> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  const path = join(directory, NAME);
  await prepare?.(path);
  const disk = new FaultyDisk(directory, fault);
  const store = await Store.open(path, { disk }).catch(() => undefined);
  if (store === undefined) return { disk, told: undefined, memory: [] };
  const told: Told[] = [];
  for (const [index, verdict] of verdicts.entries()) {
    store.setGroupListener(() => async () => {
      if (verdict === 'refused') throw new Error('refused');
    });
    const changes = [change(`key${index}`, index), change('last', index)];
    told.push(
      await store.commit(changes).then(
        (): Told => 'done',
        ({ code }: { code: string }): Told => (code === 'uncertain' ? 'uncertain' : 'failed'),
      ),
    );
  }
  return { disk, told, memory: [...store.table('things').keys()] };
}

/** The state that a start reads. @throws the error of the start (rejects) */
async function keysAfterStart(directory: string, contents: Contents): Promise<Map<string, unknown>> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  for (const [name, bytes] of contents) writeFileSync(join(directory, name), bytes);
  const store = await Store.open(join(directory, NAME));
  const values = new Map(store.table('things'));
  await store.close();
  return values;
}

/** @returns what is wrong with the state that a start reads */
function problemsOf(told: readonly Told[], values: ReadonlyMap<string, unknown>): string[] {
  const problems = told.flatMap((one, index) => {
    const isThere = values.get(`key${index}`) === index;
    if (one === 'done' && !isThere) return [`change ${index} was acknowledged and is gone`];
    return one === 'failed' && isThere ? [`change ${index} was told to have failed and is there`] : [];
  });
  const lastDone = told.lastIndexOf('done');
  const last = values.get('last');
  const mayBe = [lastDone < 0 ? undefined : lastDone, ...uncertainAfter(told, lastDone)];
  return mayBe.includes(last as number | undefined) ? problems : [...problems, `the last change is ${last}`];
}

function uncertainAfter(told: readonly Told[], index: number): number[] {
  return [...told.keys()].filter((other) => other > index && told[other] === 'uncertain');
}

async function check(t: Test, scenario: Scenario, fault: Fault): Promise<string[]> {
  const base = join(t.testdir({}), 'tm');
  const { disk, told = [], memory } = await run(base, scenario, fault);
  const cuts = disk.powerCuts();
  await disk.kill();
  const problems: string[] = [];
  for (const [index, contents] of cuts.entries()) {
    const values = await keysAfterStart(`${base}-after`, contents).catch((error: Error) => error);
    if (values instanceof Error) problems.push(`start ${index}: ${values.message}`);
    else problems.push(...problemsOf(told, values).map((problem) => `start ${index}: ${problem}`));
    if (
      values instanceof Map &&
      scenario.prepare &&
      !values.has('before') &&
      scenario.name !== 'a file of format 1'
    )
      problems.push(`start ${index}: what was there before is gone`);
  }
  const inMemory = told.flatMap((one, index) => (one === 'done' ? [`key${index}`] : []));
  const found = memory.filter((key) => key.startsWith('key'));
  if (found.join() !== inMemory.join()) problems.push(`in memory: ${found}, told: ${told}`);
  const late = told.slice(-1)[0];
  if (!fault.isLasting && told.length > 0 && late !== 'done' && disk.steps.length > fault.step + 30)
    problems.push(`it does not recover: ${told}`);
  return problems.map((problem) => `${JSON.stringify(fault)} (${disk.steps[fault.step]}): ${problem}`);
}

for (const scenario of SCENARIOS) {
  t.test(scenario.name, async (t) => {
    const base = join(t.testdir({}), 'tm');
    const { disk, told } = await run(base, scenario);
    await disk.kill();
    t.same(
      told,
      scenario.verdicts.map((verdict) => (verdict === 'taken' ? 'done' : 'failed')),
      'without a fault',
    );
    const problems: string[] = [];
    let faults = 0;
    for (let step = 0; step < disk.steps.length; step++) {
      for (const mode of ['before', 'after'] as const) {
        for (const isLasting of [false, true]) {
          problems.push(...(await check(t, scenario, { step, mode, isLasting })));
          faults += 1;
        }
      }
    }
    t.same(problems, []);
    t.comment(`${disk.steps.length} steps (${[...new Set(disk.steps)].sort().join(', ')}), ${faults} faults`);
  });
}

t.test('all important steps are among those that fail', async (t) => {
  const seen = new Set<string>();
  for (const scenario of SCENARIOS) {
    const { disk } = await run(join(t.testdir({}), 'tm'), scenario);
    await disk.kill();
    for (const step of disk.steps) seen.add(step);
  }
  for (const step of [
    'open w',
    'open r+',
    'write',
    'sync',
    'rename',
    'sync directory',
    'truncate',
    'stat',
    'fstat',
    'rm',
  ])
    t.ok(seen.has(step), step);
});

t.test('a file that a fault leaves unread loses nothing', async (t) => {
  const path = join(t.testdir({}), NAME);
  await writeJournal(path, [change('before', 0)], []);
  const bytes = readFileSync(path);
  const disk = new FaultyDisk(join(path, '..'), { step: 0, mode: 'before', isLasting: true });
  await t.rejects(Store.open(path, { disk }), { code: 'EIO' });
  t.same(readFileSync(path), bytes);
});

t.test('an uncertain file is rewritten at the end, if the disk allows it', async (t) => {
  // A run without a fault finds the step at which the group is cut off again.
  const { disk: tried } = await run(join(t.testdir({}), 'tm'), {
    name: 'tried',
    verdicts: ['taken', 'refused'],
  });
  await tried.kill();
  const fault = { step: tried.steps.indexOf('truncate'), mode: 'before', isLasting: true } as const;
  const directory = join(t.testdir({}), 'tm');
  mkdirSync(directory);
  const disk = new FaultyDisk(directory, fault);
  const store = await Store.open(join(directory, NAME), { disk });
  await store.commit([change('kept', 1), change('last', 1)]);
  store.setGroupListener(() => () => Promise.reject(new Error('refused')));
  await t.rejects(store.commit([change('undone', 1), change('last', 2)]), { code: 'uncertain' });
  await t.rejects(store.commit([change('later', 1)]), { code: 'uncertain' });
  t.match(readFileSync(join(directory, NAME), 'utf8'), 'undone', 'it is still there');
  disk.heal();
  await store.close();
  t.notMatch(readFileSync(join(directory, NAME), 'utf8'), 'undone');
  const again = await Store.open(join(directory, NAME));
  t.same(
    [...again.table('things')],
    [
      ['kept', 1],
      ['last', 1],
    ],
  );
  await again.close();
});
