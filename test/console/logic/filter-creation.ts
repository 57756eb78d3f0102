/** A filter with its rules is made by several calls: each once, in order, and the rest after a failure. */
import t from 'tap';
import { ClientTokens } from '../../../console/src/forms/client-tokens.js';
import {
  createFilter,
  NO_PROGRESS,
  type Progress,
  pathOfError,
} from '../../../console/src/forms/filter-creation.js';
import { FILTER_EXAMPLES, withExample } from '../../../console/src/forms/filter-examples.js';
import { filterHints } from '../../../console/src/forms/filter-hints.js';
import {
  EMPTY_FILTER,
  type FilterValues,
  filterProblems,
  withoutRow,
  withRow,
  withRule,
} from '../../../console/src/forms/filter-values.js';
import { newRuleFields } from '../../../console/src/forms/rule-fields.js';

type Parameters = Record<string, unknown>;

const TWO = withRule(withRule({ ...EMPTY_FILTER, name: 'web', amazonDns: true }, 'ingress'), 'egress');

/** A creation whose calls are kept. @param failing the number of the call that fails, from 1 on */
function attempt(values: FilterValues, tokens: ClientTokens, progress: Progress, failing = 0) {
  const calls: { action: string; parameters: Parameters }[] = [];
  const state = { progress, at: undefined as string | undefined };
  const done = createFilter({
    values,
    progress,
    tokens,
    call: async (action, parameters) => {
      calls.push({ action, parameters });
      if (calls.length === failing) throw new Error('refused');
      return action === 'CreateTrafficMirrorFilter'
        ? { trafficMirrorFilter: { trafficMirrorFilterId: 'tmf-1' } }
        : {};
    },
    onCall: (path) => {
      state.at = path;
    },
    onProgress: (next) => {
      state.progress = next;
    },
  });
  return { done, calls, state };
}

t.test('the calls in their order', async (t) => {
  const { done, calls } = attempt(TWO, new ClientTokens(), NO_PROGRESS);
  t.equal(await done, 'tmf-1');
  t.same(
    calls.map(({ action }) => action),
    [
      'CreateTrafficMirrorFilter',
      'ModifyTrafficMirrorFilterNetworkServices',
      'CreateTrafficMirrorFilterRule',
      'CreateTrafficMirrorFilterRule',
    ],
  );
  t.match(calls[0]?.parameters, {
    TagSpecification: [{ Tag: [{ Key: 'Name', Value: 'web' }] }],
    ClientToken: /./,
  });
  t.match(calls[1]?.parameters, { TrafficMirrorFilterId: 'tmf-1', AddNetworkService: ['amazon-dns'] });
  t.match(calls[2]?.parameters, {
    TrafficMirrorFilterId: 'tmf-1',
    TrafficDirection: 'ingress',
    RuleNumber: 10,
  });
  t.match(calls[3]?.parameters, { TrafficDirection: 'egress', RuleNumber: 10 });
});

t.test('after a failure the rest is made, with the same tokens', async (t) => {
  const tokens = new ClientTokens();
  const first = attempt(TWO, tokens, NO_PROGRESS, 4);
  await t.rejects(first.done, { message: 'refused' });
  t.equal(first.state.at, 'egress.0');
  t.same(first.state.progress, { filterId: 'tmf-1', services: true, rules: ['1'] });
  const second = attempt(TWO, tokens, first.state.progress);
  t.equal(await second.done, 'tmf-1');
  t.same(second.calls, [first.calls[3]], 'the same call, and no other');
});

t.test('a failure of the first call leaves nothing', async (t) => {
  const first = attempt(TWO, new ClientTokens(), NO_PROGRESS, 1);
  await t.rejects(first.done);
  t.same(first.state, { progress: NO_PROGRESS, at: undefined });
});

t.test('errors belong to the field of the row', async (t) => {
  t.equal(pathOfError('ruleNumber', 'egress.0', TWO), 'egress.0.ruleNumber');
  t.equal(pathOfError('sourcePortRange.fromPort', 'ingress.0', TWO), 'ingress.0.sourcePortRange');
  t.equal(pathOfError('protocol', 'ingress.0', TWO), 'ingress.0.protocol');
  t.equal(pathOfError('tags', undefined, TWO), 'tags');
  t.equal(pathOfError(undefined, 'ingress.0', TWO), undefined);
});

t.test('rows', async (t) => {
  const [row] = TWO.ingress;
  t.ok(row);
  if (row === undefined) return;
  const twice = withRow(withRule(TWO, 'ingress'), 'ingress', { ...row, description: 'first' });
  t.match(twice.ingress, [{ ruleNumber: '10', description: 'first' }, { ruleNumber: '20' }]);
  const replaced = withRule(withoutRow(twice, 'ingress', row.key), 'ingress');
  t.match(replaced.ingress, [{ ruleNumber: '20' }, { ruleNumber: '10' }]);
  t.equal(new Set([...replaced.ingress, ...replaced.egress].map(({ key }) => key)).size, 3, 'no key twice');
  const same = withRule(TWO, 'ingress', () => newRuleFields([]));
  t.match(filterProblems(same)['ingress.1.ruleNumber'], /^10 is the number of Inbound rule 1 already/);
  t.equal(
    filterProblems(TWO)['egress.0.ruleNumber'],
    undefined,
    'the other direction has numbers of its own',
  );
});

t.test('hints', async (t) => {
  const texts = (values: FilterValues): string =>
    filterHints(values)
      .map(({ text }) => text)
      .join('\n');
  t.match(texts(EMPTY_FILTER), /nothing is mirrored/);
  t.match(texts({ ...EMPTY_FILTER, amazonDns: true }), /only DNS traffic/);
  t.match(texts(withRule(EMPTY_FILTER, 'ingress')), /no outbound rule: nothing that the source sends/);
  const rejects = withRule(EMPTY_FILTER, 'egress', (taken) => ({
    ...newRuleFields(taken),
    ruleAction: 'reject',
  }));
  t.match(texts(rejects), /All outbound rules reject/);
  t.match(texts(TWO), /IPv6 traffic is not mirrored/);
  let many = EMPTY_FILTER;
  for (let count = 0; count < 11; count += 1) many = withRule(many, 'ingress');
  t.match(texts(many), /11 rules are more than the quota of 10/);
});

t.test('examples replace the rules, and are valid', async (t) => {
  for (const example of FILTER_EXAMPLES) {
    for (const network of ['10.0.0.0/16', 'fd00::/8']) {
      const filled = withExample(TWO, example, network);
      const wrong = Object.entries(filterProblems(filled)).filter(([, problem]) => problem !== undefined);
      t.same(wrong, [], example.id);
      t.equal(filled.name, 'web');
    }
  }
  const nonLocal = FILTER_EXAMPLES.find(({ id }) => id === 'non-local');
  t.ok(nonLocal);
  if (nonLocal === undefined) return;
  const { ingress, egress } = withExample(TWO, nonLocal, ' 10.0.0.0/16 ');
  t.match(ingress, [
    {
      ruleNumber: '10',
      ruleAction: 'reject',
      protocol: 'all',
      sourceCidrBlock: '10.0.0.0/16',
      destinationCidrBlock: '0.0.0.0/0',
    },
    {
      ruleNumber: '20',
      ruleAction: 'accept',
      sourceCidrBlock: '0.0.0.0/0',
      destinationCidrBlock: '0.0.0.0/0',
    },
  ]);
  t.match(egress, [
    {
      ruleNumber: '10',
      ruleAction: 'reject',
      sourceCidrBlock: '0.0.0.0/0',
      destinationCidrBlock: '10.0.0.0/16',
    },
    { ruleNumber: '20', ruleAction: 'accept' },
  ]);
});
