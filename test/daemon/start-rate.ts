/** How often peeks may be started. */
import t from 'tap';
import { STARTS_OF_ALL, STARTS_PER_USER, StartRate } from '../../src/daemon/start-rate.js';

t.test('a user has so many in a second, and others theirs', async (t) => {
  let now = 5000;
  const rate = new StartRate(() => now);
  for (let start = 0; start < STARTS_PER_USER; start++) t.equal(rate.refusal(1000), undefined);
  t.match(rate.refusal(1000), /^a user can start 10 peeks in a second/);
  t.equal(rate.refusal(undefined), undefined);
  now += 1000;
  t.equal(rate.refusal(1000), undefined);
});

t.test('many users together have a bound too', async (t) => {
  const rate = new StartRate(() => 0);
  const refusals = Array.from({ length: 1000 }, (_, user) => rate.refusal(user));
  t.equal(refusals.filter((refusal) => refusal === undefined).length, STARTS_OF_ALL);
  t.match(refusals.at(-1), /^20 peeks can be started in a second/);
});
