/** Describe requests over very many resources: bounded, in slices, and showing one moment. */
import t from 'tap';
import type { Entry, ResourceKinds } from '../../../src/api/ec2/kinds.js';
import { ACCOUNT, type Ec2Fixture, openEc2, type Values } from '../../fixtures/api/ec2.js';
import { LoopHolds } from '../../fixtures/loop-holds.js';

type Filter = ResourceKinds['filters'];

const COUNT = 10_000;

const VALUES = 200;

/** A slice, one item, and the garbage collector with its threads. */
const LONGEST_HOLD_MS = 60;

/** Puts filters into the state as if they had been created. */
async function addFilters(
  { state }: Ec2Fixture,
  count: number,
  filterOf: (index: number) => Partial<Filter>,
  prefix = 'tmf-0',
): Promise<void> {
  const changes = Array.from({ length: count }, (_, index) => {
    const id = `${prefix}${String(index).padStart(16, '0')}`;
    const resource: Filter = {
      trafficMirrorFilterId: id,
      networkServices: [],
      ingressFilterRules: [],
      egressFilterRules: [],
      tags: {},
      ...filterOf(index),
    };
    const value: Entry<Filter> = { ownerId: ACCOUNT, order: state.catalog.nextOrder(), resource };
    return { table: 'filters', key: id, value };
  });
  await state.store.commit(changes);
}

/** `Filter.1` with values. */
function filterOn(name: string, values: readonly string[]): Values {
  const pairs = values.map((value, index) => [`Filter.1.Value.${index + 1}`, value]);
  return { 'Filter.1.Name': name, ...Object.fromEntries(pairs) };
}

const many = (textOf: (index: number) => string): string[] =>
  Array.from({ length: VALUES }, (_, index) => textOf(index));

t.test('200 values with wildcards over 10,000 resources', async (t) => {
  const ec2 = await openEc2(t);
  await addFilters(ec2, COUNT, (index) => ({ description: `number ${index} of many` }));
  const holds = new LoopHolds();
  const { trafficMirrorFilterSet } = await ec2.ok(
    'DescribeTrafficMirrorFilters',
    filterOn(
      'description',
      many((index) => `*er ${index} *`),
    ),
  );
  const longest = holds.end();
  t.equal(trafficMirrorFilterSet.item.length, VALUES);
  t.ok(longest < LONGEST_HOLD_MS, `at most ${longest.toFixed(1)} ms at once`);
});

t.test('filters that take too long are refused', async (t) => {
  const ec2 = await openEc2(t);
  await addFilters(ec2, COUNT, () => ({ description: 'a'.repeat(255), tags: { a: 'a'.repeat(256) } }));
  for (const name of ['description', 'tag:a']) {
    const holds = new LoopHolds();
    const values = many((index) => `*${'a'.repeat(200)}b${index}`);
    const { status, content } = await ec2.call('DescribeTrafficMirrorFilters', filterOn(name, values));
    const longest = holds.end();
    t.match({ status, code: content.Errors.Error.Code }, { status: 400, code: 'FilterLimitExceeded' }, name);
    t.ok(longest < LONGEST_HOLD_MS, `at most ${longest.toFixed(1)} ms at once`);
  }
});

t.test('texts of older versions, longer than the bound', async (t) => {
  const ec2 = await openEc2(t);
  await addFilters(ec2, 20, () => ({ description: 'a'.repeat(2 ** 20) }));
  const values = many((index) => `*${'a'.repeat(200)}b${index}`);
  const holds = new LoopHolds();
  const none = await ec2.ok('DescribeTrafficMirrorFilters', filterOn('description', values));
  const longest = holds.end();
  t.notOk(none.trafficMirrorFilterSet.item);
  t.ok(longest < LONGEST_HOLD_MS, `at most ${longest.toFixed(1)} ms at once`);
  const page = await ec2.ok('DescribeTrafficMirrorFilters', filterOn('description', ['a*']));
  t.equal(page.trafficMirrorFilterSet.item.length, 1, 'a page is not longer than it must be');
  t.equal(page.trafficMirrorFilterSet.item[0].description.length, 2 ** 20, 'a text is kept as it was');
  t.ok(page.nextToken);
});

t.test('a page shows one moment', async (t) => {
  const ec2 = await openEc2(t);
  await addFilters(ec2, COUNT, (index) => ({ description: `old ${index}` }));
  const page = ec2.ok('DescribeTrafficMirrorFilters', filterOn('description', ['*9999']));
  const changed = new Promise<void>((resolve, reject) => {
    // In the round of the event loop after the first slice.
    setImmediate(() =>
      setImmediate(() => addFilters(ec2, COUNT, () => ({ description: '9999' })).then(resolve, reject)),
    );
  });
  t.same(
    (await page).trafficMirrorFilterSet.item.map((item: { description: string }) => item.description),
    ['old 9999'],
  );
  await changed;
  const after = await ec2.ok('DescribeTrafficMirrorFilters', filterOn('description', ['9999']));
  t.equal(after.trafficMirrorFilterSet.item.length, 1000);
});

t.test('pages are bounded by their size', async (t) => {
  const ec2 = await openEc2(t);
  const tags = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [`${index}`.padEnd(127, 'k'), '&'.repeat(256)]),
  );
  await addFilters(ec2, 100, () => ({ tags }));
  const ids = new Set<string>();
  let nextToken: string | undefined;
  let longest = 0;
  do {
    const { body, content } = await ec2.call(
      'DescribeTrafficMirrorFilters',
      nextToken === undefined ? {} : { NextToken: nextToken },
    );
    longest = Math.max(longest, body.length);
    for (const { trafficMirrorFilterId } of content.trafficMirrorFilterSet.item)
      ids.add(trafficMirrorFilterId);
    nextToken = content.nextToken;
  } while (nextToken !== undefined);
  t.equal(ids.size, 100, 'all of them, in several pages');
  t.ok(longest < 1.2 * 2 ** 20, `at most ${longest} characters`);
  const holds = new LoopHolds();
  await ec2.ok('DescribeTags');
  t.ok(holds.end() < LONGEST_HOLD_MS);
});

t.test('users take turns', async (t) => {
  const ec2 = await openEc2(t);
  await addFilters(ec2, COUNT, () => ({ description: 'a'.repeat(255) }));
  const values = many((index) => `*${'a'.repeat(100)}b${index}`);
  let isOver = false;
  const long = Promise.all(
    Array.from({ length: 2 }, () =>
      ec2.call('DescribeTrafficMirrorFilters', filterOn('description', values)),
    ),
  ).then(() => {
    isOver = true;
  });
  await ec2.ok('DescribeTrafficMirrorFilters', {}, '444455556666');
  t.notOk(isOver, 'who asks for little does not wait for who asks for much');
  await long;
});
