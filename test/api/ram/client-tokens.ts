/** Client tokens of Resource Access Manager: each belongs to one user; those of an older state file still work. */
import t from 'tap';
import type { Principal } from '../../../src/api/service.js';
import { ACCOUNT } from '../../fixtures/api/ec2.js';
import { ALLOW_ALL, openServices, type ServicesFixture, userOf } from '../../fixtures/api/services.js';

const alice = userOf(ACCOUNT, 'alice', ALLOW_ALL);
const bob = userOf(ACCOUNT, 'bob', ALLOW_ALL);
const nobody = userOf(ACCOUNT, 'nobody');

async function create(fixture: ServicesFixture, name: string, user: Principal): Promise<string> {
  const { body, status } = await fixture.call('ram', 'CreateResourceShare', { name, clientToken: 'x' }, user);
  const answer = JSON.parse(String(body)) as { resourceShare?: { resourceShareArn: string } };
  return answer.resourceShare?.resourceShareArn ?? String(status);
}

t.test('a client token belongs to one user', async (t) => {
  const fixture = await openServices(t);
  const first = await create(fixture, 's', alice);
  t.match(first, /^arn:aws:ram:/);
  t.equal(await create(fixture, 's', alice), first);
  t.equal(await create(fixture, 's', nobody), '403');
  const second = await create(fixture, 's', bob);
  t.match(second, /^arn:aws:ram:/);
  t.not(second, first);
});

t.test('tokens of an older state file answer the same request of every user who may make it', async (t) => {
  const fixture = await openServices(t);
  const first = await create(fixture, 's', alice);
  const { store } = fixture.state;
  const [[key, value] = ['', undefined]] = [...store.table('ramClientTokens')];
  await store.commit([
    { table: 'ramClientTokens', key, value: undefined },
    { table: 'ramClientTokens', key: `${ACCOUNT}/CreateResourceShare/x`, value },
  ]);
  t.equal(await create(fixture, 's', alice), first);
  t.equal(await create(fixture, 's', bob), first);
  t.equal(await create(fixture, 's', nobody), '403');
  t.not(await create(fixture, 'other', bob), first);
});
