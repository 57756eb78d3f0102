/** SIGKILL at random moments of writing: what was acknowledged is there, and nothing by halves. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { Store } from '../../../src/api/state/store.js';
import { skipWithoutBuild } from '../../fixtures/live/command.js';

const WRITER = fileURLToPath(new URL('../../fixtures/api/state-writer.mjs', import.meta.url));
const KILLS = 200;
const LONGEST_RUN_MS = 60;
/** Every few hundred changes the file is written anew. */
const VALUE_BYTES = 8000;

interface Value {
  readonly number: number;
}

/** @returns the highest number that was acknowledged */
async function writeUntilKilled(path: string): Promise<number> {
  const child = spawn(process.execPath, [WRITER, path, String(VALUE_BYTES)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child.stdout, 'data');
  await sleep(Math.random() * LONGEST_RUN_MS);
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
  // The last line may be cut.
  const numbers = output.split('\n').slice(1, -1).map(Number);
  return Math.max(0, ...numbers);
}

t.test(`${KILLS} kills`, { skip: skipWithoutBuild, timeout: 220_000 }, async (t) => {
  const path = join(t.testdir({}), 'state.jsonl');
  let acknowledged = 0;
  let rewritten = 0;
  let bytes = 0;
  const wrong: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
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
  t.same(wrong, []);
  t.ok(acknowledged > KILLS, `changes were made: ${acknowledged}`);
  t.comment(`${acknowledged} changes, the file was written anew between ${rewritten} of the kills`);
  t.ok(rewritten > 0, 'the file was written anew meanwhile');
});
