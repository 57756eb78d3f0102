/** SIGKILL at random moments of writing: acknowledged changes are there, and no group is partial. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Store } from '../../../src/api/state/store.js';
import { skipWithoutBuild } from '../../fixtures/live/daemon/command.js';
import { fromRoot } from '../../fixtures/root.js';

const WRITER = fromRoot('test/fixtures/api/state-writer.mjs');
const KILLS = Number(process.env.STATE_KILLS ?? 200);
/** A writer spends most of its time waiting for the disk. */
const FILES = 4;
const LONGEST_RUN_MS = 100;
const POLL_MS = 5;
/** The file is rewritten every few hundred changes. */
const VALUE_BYTES = 5000;

interface Value {
  readonly number: number;
}

/** @returns the highest number that was acknowledged */
async function writeUntilKilled(path: string): Promise<number> {
  // A file, not a pipe: a full pipe would block the writer, and bytes written to a file stay.
  const told = `${path}.told`;
  const output = openSync(told, 'w');
  const child = spawn(process.execPath, [WRITER, path, String(VALUE_BYTES)], {
    stdio: ['ignore', output, 'inherit'],
  });
  const closed = once(child, 'close');
  while (statSync(told).size === 0 && child.exitCode === null) await sleep(POLL_MS);
  await sleep(Math.random() * LONGEST_RUN_MS);
  child.kill('SIGKILL');
  const [, signal] = await closed;
  closeSync(output);
  if (signal !== 'SIGKILL') throw new Error('the writer ended by itself');
  const numbers = readFileSync(told, 'utf8').split('\n').slice(1, -1).map(Number);
  return Math.max(0, ...numbers);
}

interface Outcome {
  readonly acknowledged: number;
  /** How often the file was shorter than before. */
  readonly rewritten: number;
  readonly wrong: readonly string[];
}

async function killRepeatedly(path: string, kills: number): Promise<Outcome> {
  let acknowledged = 0;
  let rewritten = 0;
  let bytes = 0;
  const wrong: string[] = [];
  for (let kill = 0; kill < kills; kill++) {
    acknowledged = Math.max(acknowledged, await writeUntilKilled(path));
    const store = await Store.open(path);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => JSON.stringify([...store.table(name)]));
    const highest = Math.max(0, ...[...store.table<Value>('a').values()].map(({ number }) => number));
    if (highest < acknowledged)
      wrong.push(`kill ${kill}: ${acknowledged} was acknowledged, ${highest} is there`);
    if (a !== b || b !== c) wrong.push(`kill ${kill}: a change is there by halves`);
    if (store.bytes < bytes) rewritten += 1;
    bytes = store.bytes;
    await store.close();
  }
  return { acknowledged, rewritten, wrong };
}

t.test(`${KILLS} kills`, { skip: skipWithoutBuild }, async (t) => {
  const directory = t.testdir({});
  const files = Array.from({ length: FILES }, (_, index) => join(directory, `state${index}.jsonl`));
  const outcomes = await Promise.all(files.map((path) => killRepeatedly(path, KILLS / FILES)));
  t.same(
    outcomes.flatMap(({ wrong }) => wrong),
    [],
  );
  const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((all, one) => all + of(one), 0);
  const acknowledged = sum((outcome) => outcome.acknowledged);
  const rewritten = sum((outcome) => outcome.rewritten);
  t.comment(`${acknowledged} changes; between ${rewritten} of the kills the file was written anew`);
  t.ok(acknowledged > KILLS, 'changes were made');
  t.ok(rewritten > 0, 'files were written anew meanwhile');
});
