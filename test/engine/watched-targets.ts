/** Which encapsulation stands for an address to which copies go in several. */
import t from 'tap';
import { longestEncapsulations } from '../../src/engine/watched-targets.js';
import type { EncapsulationPlan } from '../../src/plan/mirror-plan.js';

t.test('the one that leaves a frame the least room, in any order', async (t) => {
  const short: EncapsulationPlan = { name: 'geneve' };
  const long: EncapsulationPlan = { name: 'geneve', options: ['captureTime'] };
  const longest: EncapsulationPlan = { name: 'geneve', options: ['captureTime', 'direction'] };
  const sessions = [
    { targetAddresses: ['10.9.0.2', '10.9.0.3'] },
    { targetAddresses: ['10.9.0.3'], encapsulation: long },
    { targetAddresses: ['10.9.0.3', '10.9.0.4'], encapsulation: longest },
    { targetAddresses: ['10.9.0.4'], encapsulation: short },
  ];
  const want = new Map([
    ['10.9.0.2', undefined],
    ['10.9.0.3', longest],
    ['10.9.0.4', longest],
  ]);
  for (const order of [sessions, sessions.toReversed()]) {
    t.same(new Map([...longestEncapsulations(order)].sort()), want);
  }
});
