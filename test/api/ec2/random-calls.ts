/** Random calls in random order: the resources for the engine always pass the checks of a configuration file. */
import fc from 'fast-check';
import t from 'tap';
import { parseConfiguration } from '../../../src/config/load.js';
import { buildPlan } from '../../../src/resources/build-plan.js';
import { checkResources } from '../../../src/resources/check-resources.js';
import { DEFAULT_QUOTAS } from '../../../src/resources/quotas.js';
import { INVENTORY, openEc2, type Values } from '../../fixtures/api/ec2.js';

const CALLS = 60;

const RUNS = 60;
/** An error that did not occur in a round of runs has more rounds to. */
const MAXIMUM_ROUNDS = 6;
const EXPECTED_ERRORS = [
  'InterfaceInUseByTrafficMirrorTarget',
  'InterfaceInUseByTrafficMirrorSession',
  'TrafficMirrorTargetInUse',
];

const interfaceId = fc.constantFrom('eni-web', 'eni-db', 'eni-ids', 'eni-ids2', '10.9.0.3', 'lo', '10.1.0.1');

/** Which of the resources that are there is meant. */
const pick = fc.nat(7);

const port = fc.constantFrom(0, 80, 443, 65535);

const cidr = fc.constantFrom('0.0.0.0/0', '10.0.0.0/8', '::/0', '10.1.0.9/32');

const target = fc.oneof(
  interfaceId.map((NetworkInterfaceId) => ({ NetworkInterfaceId })),
  fc.constant({ NetworkLoadBalancerArn: 'nlb-ids' }),
  fc.constant({ GatewayLoadBalancerEndpointId: 'vpce-ids' }),
);

const rule = fc.record(
  {
    TrafficDirection: fc.constantFrom('ingress', 'egress'),
    RuleNumber: fc.integer({ min: 1, max: 4 }),
    RuleAction: fc.constantFrom('accept', 'reject'),
    SourceCidrBlock: cidr,
    DestinationCidrBlock: cidr,
    Protocol: fc.constantFrom(6, 17, 1),
    'DestinationPortRange.FromPort': port,
    'DestinationPortRange.ToPort': port,
  },
  {
    requiredKeys: ['TrafficDirection', 'RuleNumber', 'RuleAction', 'SourceCidrBlock', 'DestinationCidrBlock'],
  },
);

const session = fc.record(
  {
    SessionNumber: fc.integer({ min: 1, max: 4 }),
    PacketLength: fc.constantFrom(1, 128, 8500, 8501),
    VirtualNetworkId: fc.nat(3),
  },
  { requiredKeys: ['SessionNumber'] },
);

const step = fc.oneof(
  target.map((values) => ({ action: 'CreateTrafficMirrorTarget', values, picks: [] as number[] })),
  fc.constant({ action: 'CreateTrafficMirrorFilter', values: {}, picks: [] }),
  fc.tuple(rule, pick).map(([values, filter]) => ({
    action: 'CreateTrafficMirrorFilterRule',
    values,
    picks: [filter],
  })),
  fc.tuple(session, interfaceId, pick, pick).map(([values, NetworkInterfaceId, ...picks]) => ({
    action: 'CreateTrafficMirrorSession',
    values: { ...values, NetworkInterfaceId },
    picks,
  })),
  fc.tuple(session, pick, pick, pick).map(([values, ...picks]) => ({
    action: 'ModifyTrafficMirrorSession',
    values,
    picks,
  })),
  fc.tuple(rule, pick).map(([values, chosen]) => ({
    action: 'ModifyTrafficMirrorFilterRule',
    values,
    picks: [chosen],
  })),
  fc.tuple(fc.constantFrom('Target', 'Filter', 'FilterRule', 'Session'), pick).map(([kind, chosen]) => ({
    action: `DeleteTrafficMirror${kind}`,
    values: {},
    picks: [chosen],
  })),
);

/** The parameters by which actions name resources, in the order of the picks. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  CreateTrafficMirrorFilterRule: ['TrafficMirrorFilterId'],
  CreateTrafficMirrorSession: ['TrafficMirrorTargetId', 'TrafficMirrorFilterId'],
  ModifyTrafficMirrorSession: ['TrafficMirrorSessionId', 'TrafficMirrorTargetId', 'TrafficMirrorFilterId'],
  ModifyTrafficMirrorFilterRule: ['TrafficMirrorFilterRuleId'],
  DeleteTrafficMirrorTarget: ['TrafficMirrorTargetId'],
  DeleteTrafficMirrorFilter: ['TrafficMirrorFilterId'],
  DeleteTrafficMirrorFilterRule: ['TrafficMirrorFilterRuleId'],
  DeleteTrafficMirrorSession: ['TrafficMirrorSessionId'],
};

t.test('random calls', async (t) => {
  const configuration = parseConfiguration(INVENTORY, 'x.yaml');
  if (!configuration.ok) throw new Error('not good');
  const { engine } = configuration.configuration;
  const codes = new Map<string, number>();
  let applied = 0;
  const property = fc.asyncProperty(fc.array(step, { minLength: CALLS, maxLength: CALLS }), async (steps) => {
    const ec2 = await openEc2(t, { directory: t.testdir({}) });
    const ids = new Map<string, string[]>();
    for (const { action, values, picks } of steps) {
      const named = (NAMED[action] ?? []).map((name, index): [string, string] => {
        const known = ids.get(name) ?? [];
        return [name, known[(picks[index] ?? 0) % Math.max(known.length, 1)] ?? 'none'];
      });
      const all: Values = { ...values, ...Object.fromEntries(named) };
      const { status, content } = await ec2.call(action, all);
      const code = status === 200 ? 'done' : String(content.Errors.Error.Code);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      const [created] = Object.values(content).filter((value) => typeof value === 'object') as [
        Record<string, string>,
      ];
      const [name, id] = Object.entries(created ?? {})[0] ?? ['', ''];
      if (status === 200 && action.startsWith('Create')) {
        const key = name.charAt(0).toUpperCase() + name.slice(1);
        ids.set(key, [...(ids.get(key) ?? []), id]);
      }
    }
    for (const resources of ec2.applied) {
      const problems = checkResources(resources, DEFAULT_QUOTAS);
      if (problems.length > 0) throw new Error(JSON.stringify(problems));
      buildPlan({ resources, engine });
    }
    applied += ec2.applied.length;
    await ec2.state.close();
  });
  const isMissing = (code: string): boolean => !codes.has(code);
  for (let round = 0; round < MAXIMUM_ROUNDS && EXPECTED_ERRORS.some(isMissing); round++) {
    await fc.assert(property, { numRuns: RUNS });
  }
  const counts = [...codes].map(([code, count]) => `${code} ${count}`).join(', ');
  t.comment(`${applied} plans; ${counts}`);
  t.notOk(codes.has('InternalError'));
  t.ok(applied > RUNS, 'sessions came and went');
  for (const code of EXPECTED_ERRORS) {
    t.ok(codes.has(code), code);
  }
});
