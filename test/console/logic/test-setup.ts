/** The rules that the console puts together are those of the engine's plan. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Filter } from '../../../console/src/model/filter.js';
import { packetFrame } from '../../../console/src/model/packet/packet-words.js';
import {
  DEFAULT_TRAFFIC,
  filterSetup,
  type KnownResources,
  sourceSetup,
  trafficSettings,
  UNKNOWN_ADDRESS,
} from '../../../console/src/model/packet/test-setup.js';
import type { Rule } from '../../../console/src/model/rule.js';
import type { Session } from '../../../console/src/model/session.js';
import { loadConfiguration } from '../../../src/config/load.js';
import { Explainer } from '../../../src/explain/explanation.js';
import { Frame } from '../../../src/io/frame.js';
import { interpretedFilter } from '../../../src/match/interpret.js';
import { buildPlan } from '../../../src/resources/build-plan.js';
import { TESTER_CONFIGURATION } from '../../fixtures/console-logic/tester-rules.js';

const file = join(t.testdir({}), 'config.yaml');
writeFileSync(
  file,
  JSON.stringify({
    ...TESTER_CONFIGURATION,
    engine: { unmirroredTraffic: ['arp', 'amazon-time-sync'], amazonDnsAddresses: ['10.1.0.53', 'fd00::53'] },
  }),
);
const loaded = await loadConfiguration(file);
assert.ok('configuration' in loaded, JSON.stringify(loaded));
const plan = buildPlan(loaded.configuration);
const source = plan.sources.find(({ id }) => id === 'eni-web');
assert.ok(source !== undefined);

/** As DescribeTrafficMirrorSessions and DescribeTrafficMirrorFilters show them. */
const sessions = TESTER_CONFIGURATION.trafficMirrorSessions.map((one) => ({
  ...one,
  ownerId: '1',
  tags: [],
}));
const filters: Filter[] = TESTER_CONFIGURATION.trafficMirrorFilters.map((filter) => {
  const rules = (list: readonly object[], trafficDirection: Rule['trafficDirection']): Rule[] =>
    list.map((rule) => ({
      ...(rule as Omit<Rule, 'trafficMirrorFilterRuleId'>),
      trafficMirrorFilterRuleId: `${filter.trafficMirrorFilterId}/${trafficDirection}/${(rule as Rule).ruleNumber}`,
      trafficMirrorFilterId: filter.trafficMirrorFilterId,
      trafficDirection,
      tags: [],
    }));
  return {
    trafficMirrorFilterId: filter.trafficMirrorFilterId,
    networkServices: 'networkServices' in filter ? (filter.networkServices ?? []) : [],
    ingressFilterRules: rules(filter.ingressFilterRules, 'ingress'),
    egressFilterRules: rules(filter.egressFilterRules, 'egress'),
    tags: [],
  };
});

/** As GetStatus tells them. */
const running = source.sessions.map(({ id, encapsulation, targetAddresses }) => ({
  sessionId: id,
  sourceId: 'eni-web',
  active: true,
  cause: '',
  reason: '',
  targetAddresses,
  ...(encapsulation && { encapsulation: { name: encapsulation.name, options: encapsulation.options } }),
}));

const STATUS = {
  sources: [{ sourceId: 'eni-web', device: 'veth0' }],
  sessions: running,
  targets: [],
} as unknown as KnownResources['status'];

const known: KnownResources = { sessions: sessions as unknown as Session[], filters, status: STATUS };

function walkOf(words: { protocol: string; sourcePort: string }) {
  const made = packetFrame({
    ...words,
    sourceAddress: '192.0.2.1',
    destinationAddress: '192.0.2.2',
    destinationPort: '9',
    length: '',
  });
  assert.ok('frame' in made);
  const frame = new Frame(made.frame);
  frame.capturedLength = made.frame.length;
  frame.wireLength = made.frame.length;
  const lane = { source: source!, direction: 'ingress' as const };
  return new Explainer(plan, lane, new Map(), interpretedFilter(lane.source, 'ingress')).explain(frame);
}

t.test('the plan of a source', async (t) => {
  const traffic = trafficSettings(
    walkOf({ protocol: 'udp', sourcePort: '9' }),
    walkOf({ protocol: 'arp', sourcePort: '' }),
  );
  t.strictSame(traffic, {
    unmirrored: ['arp', 'amazon-time-sync'],
    amazonDnsAddresses: ['10.1.0.53', 'fd00::53'],
  });
  const { setup, notes } = sourceSetup('eni-web', { ...known, traffic });
  assert.deepEqual(setup.source, source);
  t.strictSame(notes, []);
});

t.test('less is known', async (t) => {
  const { setup, notes } = sourceSetup('eni-web', { sessions: known.sessions, filters });
  t.match(notes, [/the defaults of the configuration are taken/]);
  t.strictSame(setup.source.unmirrored, DEFAULT_TRAFFIC.unmirrored);
  t.strictSame(setup.source.sessions[2]?.targetAddresses, [UNKNOWN_ADDRESS]);
});

t.test('sessions that take no packets', async (t) => {
  const inactive = running.map((one, index) => ({
    ...one,
    ...(index === 0 && { active: false, cause: 'listener', reason: 'no listener' }),
    ...(index === 1 && { active: false, cause: 'source', reason: 'no device' }),
  }));
  const status = { ...STATUS, sessions: inactive } as unknown as KnownResources['status'];
  const { setup, notes } = sourceSetup('eni-web', { ...known, status, traffic: DEFAULT_TRAFFIC });
  t.strictSame(
    setup.source.sessions.map(({ id }) => id),
    ['tms-udp', 'tms-all'],
  );
  t.strictSame(notes, ['Session tms-mixed is inactive and takes no packets: no listener']);
  const unread = sourceSetup('eni-web', { ...known, filters: filters.slice(1), traffic: DEFAULT_TRAFFIC });
  t.strictSame(unread.notes, ['Session tms-mixed is left out: its filter tmf-mixed cannot be read']);
});

t.test('a filter alone', async (t) => {
  const [filter] = filters;
  const { setup } = filterSetup(filter!, { ...known, traffic: DEFAULT_TRAFFIC });
  assert.deepEqual(setup.source.sessions[0]?.rules, source.sessions[0]?.rules);
  t.equal(setup.source.sessions[0]?.amazonDns, true);
});
