/** What is asked of all encapsulations together. */
import t from 'tap';
import { Decoded } from '../../src/decode/decoded.js';
import {
  encapsulationOf,
  longestOverhead,
  mayBeCopy,
  nestedBytes,
} from '../../src/encapsulate/encapsulations.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import { ENCAPSULATION_OPTIONS } from '../../src/plan/mirror-plan.js';

const EVERY_OPTION = { name: 'geneve', options: ENCAPSULATION_OPTIONS, networkInterface: 'eni-web' } as const;

t.test('the quick test finds their ports, and no other', async (t) => {
  const decoded = new Decoded();
  const found = Array.from({ length: 65536 }, (_, port) => port).filter((port) => {
    decoded.destinationPort = port;
    return mayBeCopy(decoded);
  });
  t.same(found, [4789, 6081]);
});

t.test('by plan', async (t) => {
  t.equal(encapsulationOf(), VXLAN);
  t.equal(encapsulationOf({ name: 'vxlan' }), VXLAN);
  t.match(encapsulationOf({ name: 'geneve' }), { name: 'geneve', port: 6081, overhead: 16 });
  t.match(encapsulationOf(EVERY_OPTION), { name: 'geneve', port: 6081, overhead: 64 });
});

t.test(
  'how much of a frame tells a copy of copies: more only where a session has longer headers',
  async (t) => {
    t.equal(longestOverhead([]), 16);
    t.equal(longestOverhead([{}, { encapsulation: { name: 'geneve' } }]), 16);
    t.equal(longestOverhead([{ encapsulation: EVERY_OPTION }, {}]), 64);
    t.same([16, 64, 120].map(nestedBytes), [208, 304, 416]);
  },
);
