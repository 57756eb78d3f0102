/** Client tokens: a hundred thousand for each account, for a day, and the oldest go first. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ClientTokens, type TokenRecord, tokenKey } from '../../src/api/client-tokens.js';
import { Store } from '../../src/api/state/store.js';

const TABLE = 'tokens';
const ACCOUNT = '111122223333';
const OTHER = '444455556666';
const DAY_MS = 24 * 3600 * 1000;
const START = Date.UTC(2026, 0, 1);

interface Setup {
  readonly store: Store;
  readonly tokens: ClientTokens<TokenRecord>;
  readonly forgotten: string[];
  readonly kept: ReadonlyMap<string, TokenRecord>;
}

async function open(t: Test, maximum?: number): Promise<Setup> {
  const store = await Store.open(join(t.testdir({}), 'state'));
  t.teardown(() => store.close());
  const forgotten: string[] = [];
  const tokens = new ClientTokens<TokenRecord>({
    state: store,
    table: TABLE,
    onForgotten: (accountId) => forgotten.push(accountId),
    ...(maximum !== undefined && { maximum }),
  });
  return { store, tokens, forgotten, kept: store.table(TABLE) };
}

const key = (index: number, account = ACCOUNT): string => tokenKey(account, ['Create', `${index}`]);

t.test('a hundred thousand are kept, and one more takes no longer than the first', async (t) => {
  const { store, tokens, forgotten, kept } = await open(t);
  const keep = async (from: number, to: number): Promise<number> => {
    const before = process.cpuUsage();
    const changes = [];
    for (let index = from; index < to; index++) {
      const some = tokens.keep(key(index), 'digest', `tmf-${index}`, START + index);
      changes.push(store.commit(some));
    }
    const { user } = process.cpuUsage(before);
    await Promise.all(changes);
    return user / 1000;
  };
  await keep(0, 1000);
  const first = await keep(1000, 2000);
  for (let from = 2000; from < 100_000; from += 1000) await keep(from, from + 1000);
  t.equal(kept.size, 100_000);
  t.same(forgotten, []);
  t.match(tokens.find(key(0), START), { id: 'tmf-0' });
  const last = await keep(100_000, 101_000);
  t.equal(kept.size, 100_000);
  t.same(forgotten, [ACCOUNT], 'reported once');
  t.equal(tokens.find(key(999), START), undefined, 'the oldest are forgotten');
  t.match(tokens.find(key(1000), START), { id: 'tmf-1000' });
  t.ok(last < 20 * first + 50, `${first} ms for the first thousand, ${last} ms for the last`);
});

t.test('each account has its own bound', async (t) => {
  const { store, tokens, forgotten, kept } = await open(t, 5);
  await store.commit(tokens.keep(key(0, OTHER), 'd', 'other', START));
  for (let index = 0; index < 30; index++) {
    await store.commit(tokens.keep(key(index), 'd', `${index}`, START + index));
  }
  t.equal(kept.size, 6);
  t.match(tokens.find(key(0, OTHER), START), { id: 'other' }, 'that of another account stays');
  t.same(forgotten, [ACCOUNT]);
});

t.test('expired tokens of all accounts are forgotten', async (t) => {
  const { store, tokens, forgotten, kept } = await open(t, 5);
  for (const account of [ACCOUNT, OTHER]) {
    for (let index = 0; index < 5; index++) {
      await store.commit(tokens.keep(key(index, account), 'd', `${index}`, START));
    }
  }
  t.equal(tokens.find(key(0), START + DAY_MS), undefined, 'after a day');
  await store.commit(tokens.keep(key(9), 'd', '9', START + DAY_MS));
  t.equal(kept.size, 1);
  t.same(forgotten, [], 'in their time');
});

t.test('changes that are undone', async (t) => {
  const { store, tokens, kept } = await open(t, 3);
  for (let index = 0; index < 3; index++) {
    await store.commit(tokens.keep(key(index), 'd', `${index}`, START + index));
  }
  store.setGroupListener(() => () => Promise.reject(new Error('no memory')));
  for (let round = 1; round <= 30; round++) {
    const indexes = Array.from({ length: 100 }, (_, index) => 100 * round + index);
    await Promise.allSettled(
      indexes.map((index) => store.commit(tokens.keep(key(index), 'd', `${index}`, START + index))),
    );
  }
  t.same([...kept.values()].map(({ id }) => id).sort(), ['0', '1', '2'], 'are none');
  store.setGroupListener(() => async () => {});
  for (let index = 4000; index < 4003; index++) {
    await store.commit(tokens.keep(key(index), 'd', `${index}`, START + index));
  }
  t.same(
    [...kept.values()].map(({ id }) => id),
    ['4000', '4001', '4002'],
    'and what came back is forgotten',
  );
});

t.test('a restart', async (t) => {
  const { store, tokens } = await open(t, 3);
  for (let index = 0; index < 3; index++) {
    await store.commit(tokens.keep(key(index), 'd', `${index}`, START + index));
  }
  const after = new ClientTokens<TokenRecord>({
    state: store,
    table: TABLE,
    onForgotten: () => {},
    maximum: 3,
  });
  await store.commit(after.keep(key(3), 'd', '3', START + 3));
  t.equal(after.find(key(0), START), undefined);
  t.match(after.find(key(1), START), { id: '1' });
});
