/** Sources share a compiled filter as far as what it is compiled from is the same. */
import t from 'tap';
import { FilterCache } from '../../src/engine/filter-cache.js';
import type { EncapsulationPlan, SourcePlan } from '../../src/plan/mirror-plan.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

t.test('headers that are longer need more of a frame, so they have a filter of their own', async (t) => {
  const cache = new FilterCache();
  const plain = sourcePlan([{ rules: [{}] }]);
  const rules = { ingress: cache.intern(plain.sessions[0]!.rules.ingress), egress: cache.intern([]) };
  const planned = (id: string, encapsulation?: EncapsulationPlan): SourcePlan => ({
    ...plain,
    id,
    sessions: [{ ...plain.sessions[0]!, rules, packetLength: 64, ...(encapsulation && { encapsulation }) }],
  });
  const filterOf = (source: SourcePlan) => cache.of({ source, direction: 'ingress' });
  const telling = (networkInterface: string): EncapsulationPlan => ({
    name: 'geneve',
    options: ['networkInterface'],
    networkInterface,
  });
  const vxlan = filterOf(planned('eni-1'));
  t.equal(filterOf(planned('eni-2')), vxlan);
  t.equal(filterOf(planned('eni-3', { name: 'geneve' })), vxlan, 'as long as VXLAN');
  const long = filterOf(planned('eni-4', telling('eni-4')));
  t.not(long, vxlan);
  t.equal(filterOf(planned('eni-5', telling('eni-5'))), long, 'an id as long');
  t.not(filterOf(planned('a-longer-id', telling('a-longer-id'))), long);
  t.notSame(long.bpf().instructions, vxlan.bpf().instructions);
});
