/** A page of a status: made in slices, from texts that are made once, and bounded also when it must be whole. */
import t from 'tap';
import { ItemTexts, TextRoom } from '../../../src/api/traffic-mirror/item-texts.js';
import { type PageItem, StatusPage } from '../../../src/api/traffic-mirror/status-page.js';

const ONE_SLICE = { isOver: false, next: async () => {} };
const LONG = 'x'.repeat(400_000);

function itemsOf(count: number, make = (id: string): object => ({ id })): PageItem[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `tms-${String(index).padStart(5, '0')}`;
    return { id, key: id, make: () => make(id), makeShort: () => ({ id, isShort: true }) };
  });
}

t.test('others have their turn between items', async (t) => {
  let turns = 0;
  const slices = {
    isOver: true,
    next: async () => {
      turns += 1;
    },
  };
  const page = new StatusPage({ size: 1000, isWhole: false, slices, texts: new ItemTexts(new TextRoom()) });
  await page.add('sessions', itemsOf(20), undefined);
  t.equal(turns, 20);
});

t.test('clients of an account cost one', async (t) => {
  let made = 0;
  const items = itemsOf(10, (id) => {
    made += 1;
    return { id };
  });
  const texts = new ItemTexts(new TextRoom());
  const seen = new Set<string>();
  for (let client = 0; client < 50; client += 1) {
    const page = new StatusPage({ size: 1000, isWhole: false, slices: ONE_SLICE, texts });
    await page.add('sessions', items, undefined);
    seen.add(page.texts.join());
  }
  t.equal(made, 10);
  t.equal(seen.size, 1);
  t.equal(
    texts.of({}, () => ({ id: 'changed' })),
    '{"id":"changed"}',
    'another resource has another text',
  );
});

t.test('texts are kept in bounded memory', async (t) => {
  let made = 0;
  const make = (): object => {
    made += 1;
    return { id: 'a' };
  };
  const room = new TextRoom(15);
  for (const texts of [new ItemTexts(room), new ItemTexts(room)]) {
    for (let time = 0; time < 3; time += 1) t.equal(texts.of('key', make), '{"id":"a"}');
  }
  t.equal(made, 1 + 3, 'the second account finds no room');
});

t.test('a whole page that is long has short items', async (t) => {
  const texts = new ItemTexts(new TextRoom());
  const page = new StatusPage({ size: Number.POSITIVE_INFINITY, isWhole: true, slices: ONE_SLICE, texts });
  await page.add(
    'sessions',
    itemsOf(100, (id) => ({ id, LONG })),
    undefined,
  );
  const { sessions } = JSON.parse(`{${page.texts.join()}}`) as { sessions: { isShort?: true }[] };
  t.equal(sessions.length, 100);
  t.equal(sessions.filter(({ isShort }) => isShort).length, 97);
  t.equal(page.next, undefined);
});
