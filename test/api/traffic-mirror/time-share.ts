/** The share of time: of one account, of all, and that it comes back. */
import t, { type Test } from 'tap';
import { TimeShare } from '../../../src/api/traffic-mirror/time-share.js';

function setUp(_t: Test) {
  const clock = { ms: 1000 };
  const share = new TimeShare(() => clock.ms);
  const spend = (accountId: string, ms: number): void =>
    share.spend(accountId, () => {
      clock.ms += ms;
    });
  return { clock, share, spend };
}

t.test('calls in a loop take a twentieth of the time for one account', async (t) => {
  const { clock, share, spend } = setUp(t);
  const startMs = clock.ms;
  const [callMs, rounds] = [100, 20_000];
  let spentMs = 0;
  for (let round = 0; round < rounds; round += 1) {
    if (share.waitMs('a') === 0) {
      spend('a', callMs);
      spentMs += callMs;
    } else clock.ms += 10;
  }
  const passedMs = clock.ms - startMs;
  t.ok(spentMs / passedMs < 0.055, `${spentMs} of ${passedMs} ms`);
  t.ok(spentMs / passedMs > 0.045, 'and not less');
});

t.test('one account does not take the share of another', async (t) => {
  const { share, spend } = setUp(t);
  spend('a', 160);
  t.ok(share.waitMs('a') > 0);
  t.equal(share.waitMs('b'), 0);
});

t.test('accounts together take a tenth', async (t) => {
  const { clock, share, spend } = setUp(t);
  for (const account of ['a', 'b', 'c']) spend(account, 140);
  const waitMs = share.waitMs('d');
  t.ok(waitMs > 0, 'for one that has not asked');
  clock.ms += waitMs + 1;
  t.equal(share.waitMs('d'), 0);
});

t.test('a call that fails is counted', async (t) => {
  const { clock, share } = setUp(t);
  t.throws(() =>
    share.spend('a', () => {
      clock.ms += 1000;
      throw new Error('wrong');
    }),
  );
  t.ok(share.waitMs('a') > 15_000);
});
