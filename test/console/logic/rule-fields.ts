/** Fields of rules: what is wrong with them agrees with the resource model, and what is sent is what was meant. */
import t from 'tap';
import { ruleChanges } from '../../../console/src/forms/rule-changes.js';
import {
  copyForIpv6,
  fieldsOfRule,
  newRuleFields,
  type RuleFields,
  ruleParameters,
  withChange,
} from '../../../console/src/forms/rule-fields.js';
import { ruleProblems } from '../../../console/src/forms/rule-problems.js';
import type { Rule } from '../../../console/src/model/rule.js';
import { parseCidrBlock } from '../../../src/resources/address.js';
import { checkRule } from '../../../src/resources/check-rule.js';
import { parsePort, parseProtocol, parseRuleNumber } from '../../../src/resources/numbers.js';

const ANY = newRuleFields([]);
const TCP: RuleFields = { ...ANY, protocol: '6', sourcePortRange: '1024-65535', destinationPortRange: '80' };

t.test('a new rule', async (t) => {
  t.equal(newRuleFields([]).ruleNumber, '10');
  t.equal(newRuleFields([10, 20]).ruleNumber, '30');
  t.same(found(newRuleFields([])), []);
});

const problems: readonly { name: string; change: Partial<RuleFields>; want: string[] }[] = [
  { name: 'no number', change: { ruleNumber: '' }, want: ['ruleNumber'] },
  { name: 'a number of 0', change: { ruleNumber: '0' }, want: ['ruleNumber'] },
  { name: 'a number of 32766', change: { ruleNumber: '32766' }, want: [] },
  { name: 'a number of 32767', change: { ruleNumber: '32767' }, want: ['ruleNumber'] },
  { name: 'a number in words', change: { ruleNumber: 'ten' }, want: ['ruleNumber'] },
  { name: 'a custom protocol without number', change: { protocol: 'custom' }, want: ['protocolNumber'] },
  { name: 'protocol 255', change: { protocol: 'custom', protocolNumber: '255' }, want: [] },
  { name: 'protocol 256', change: { protocol: 'custom', protocolNumber: '256' }, want: ['protocolNumber'] },
  { name: 'one port', change: { protocol: '17', destinationPortRange: '53' }, want: [] },
  { name: 'port 0', change: { protocol: '17', destinationPortRange: '0' }, want: [] },
  {
    name: 'port 65536',
    change: { protocol: '17', destinationPortRange: '65536' },
    want: ['destinationPortRange'],
  },
  {
    name: 'ports that are words',
    change: { protocol: '6', sourcePortRange: 'http' },
    want: ['sourcePortRange'],
  },
  {
    name: 'ports turned round',
    change: { protocol: '6', sourcePortRange: '90-80' },
    want: ['sourcePortRange'],
  },
  { name: 'ports of every protocol', change: { sourcePortRange: '80' }, want: ['sourcePortRange'] },
  {
    name: 'ports of ICMP, twice',
    change: { protocol: '1', sourcePortRange: '80', destinationPortRange: '81' },
    want: ['sourcePortRange', 'destinationPortRange'],
  },
  {
    name: 'ports of a custom protocol that is TCP',
    change: { protocol: 'custom', protocolNumber: '6', sourcePortRange: '80' },
    want: [],
  },
  { name: 'no source', change: { sourceCidrBlock: ' ' }, want: ['sourceCidrBlock'] },
  { name: 'a host without length', change: { sourceCidrBlock: '10.0.0.1' }, want: ['sourceCidrBlock'] },
  { name: 'a length of 33', change: { destinationCidrBlock: '10.0.0.0/33' }, want: ['destinationCidrBlock'] },
  { name: 'both families', change: { sourceCidrBlock: '::/0' }, want: ['destinationCidrBlock'] },
  { name: 'IPv6', change: { sourceCidrBlock: 'fd00::/8', destinationCidrBlock: '::/0' }, want: [] },
  {
    name: 'a description of 256 characters',
    change: { description: 'x'.repeat(256) },
    want: ['description'],
  },
];

for (const { name, change, want } of problems) {
  t.test(`problems: ${name}`, async (t) => {
    const fields = { ...ANY, ...change };
    t.same(found(fields), want);
    t.equal(found(fields).length > 0, isRefusedByModel(fields), 'as the resource model says');
  });
}

t.test('a protocol without ports empties both ranges', async (t) => {
  t.match(withChange(TCP, { protocol: '1' }), { sourcePortRange: '', destinationPortRange: '' });
  t.match(withChange(TCP, { protocol: '17' }), { sourcePortRange: '1024-65535', destinationPortRange: '80' });
  const custom = { ...ANY, protocol: 'custom', protocolNumber: '47' } as const;
  t.equal(withChange(custom, { protocol: 'all' }).protocolNumber, '');
});

t.test('a copy for IPv6', async (t) => {
  const icmp = { ...ANY, protocol: '1', sourceCidrBlock: '10.0.0.0/16' } as const;
  t.match(copyForIpv6(icmp, [10]), {
    ruleNumber: '20',
    protocol: '58',
    sourceCidrBlock: '',
    destinationCidrBlock: '::/0',
  });
  t.equal(copyForIpv6({ ...ANY, sourceCidrBlock: '::/0', destinationCidrBlock: '::/0' }, [10]), undefined);
});

t.test('what is sent', async (t) => {
  t.same(ruleParameters(TCP, 'ingress'), {
    TrafficDirection: 'ingress',
    RuleNumber: 10,
    RuleAction: 'accept',
    Protocol: 6,
    SourcePortRange: { FromPort: 1024, ToPort: 65535 },
    DestinationPortRange: { FromPort: 80, ToPort: 80 },
    SourceCidrBlock: '0.0.0.0/0',
    DestinationCidrBlock: '0.0.0.0/0',
    Description: undefined,
  });
  t.match(ruleParameters(ANY, 'egress'), { TrafficDirection: 'egress', Protocol: undefined });
});

const RULE: Rule = {
  trafficMirrorFilterRuleId: 'tmfr-1',
  trafficMirrorFilterId: 'tmf-1',
  trafficDirection: 'ingress',
  ruleNumber: 10,
  ruleAction: 'accept',
  protocol: 6,
  sourcePortRange: { fromPort: 1, toPort: 2 },
  destinationPortRange: { fromPort: 80, toPort: 80 },
  sourceCidrBlock: '0.0.0.0/0',
  destinationCidrBlock: '0.0.0.0/0',
  description: 'web',
  tags: [],
};

const changes: readonly { name: string; change: Partial<RuleFields>; want: object | undefined }[] = [
  { name: 'nothing', change: {}, want: undefined },
  { name: 'a number', change: { ruleNumber: '20' }, want: { RuleNumber: 20 } },
  { name: 'an action', change: { ruleAction: 'reject' }, want: { RuleAction: 'reject' } },
  { name: 'a protocol', change: { protocol: '17' }, want: { Protocol: 17 } },
  {
    name: 'every protocol',
    change: { protocol: 'all' },
    want: { RemoveField: ['destination-port-range', 'source-port-range', 'protocol'] },
  },
  {
    name: 'a protocol without ports',
    change: { protocol: '1' },
    want: { Protocol: 1, RemoveField: ['destination-port-range', 'source-port-range'] },
  },
  {
    name: 'a range, with its protocol',
    change: { destinationPortRange: '443' },
    want: { Protocol: 6, DestinationPortRange: { FromPort: 443, ToPort: 443 } },
  },
  { name: 'an emptied range', change: { sourcePortRange: '' }, want: { RemoveField: ['source-port-range'] } },
  { name: 'an emptied description', change: { description: '' }, want: { RemoveField: ['description'] } },
  { name: 'a description', change: { description: 'all' }, want: { Description: 'all' } },
  { name: 'a block', change: { sourceCidrBlock: ' 10.0.0.0/8 ' }, want: { SourceCidrBlock: '10.0.0.0/8' } },
];

for (const { name, change, want } of changes) {
  t.test(`what a modification sends: ${name}`, async (t) => {
    const sent = ruleChanges(RULE, withChange(fieldsOfRule(RULE), change));
    t.same(sent && JSON.parse(JSON.stringify(sent)), want);
  });
}

t.test('the fields of a rule that there is', async (t) => {
  t.match(fieldsOfRule(RULE), { protocol: '6', sourcePortRange: '1-2', destinationPortRange: '80' });
  const { protocol: _, sourcePortRange: _s, destinationPortRange: _d, description: _t, ...bare } = RULE;
  t.match(fieldsOfRule({ ...bare, protocol: 47 }), { protocol: 'custom', protocolNumber: '47' });
  t.match(fieldsOfRule(bare), { protocol: 'all', sourcePortRange: '', description: '' });
});

function found(fields: RuleFields): string[] {
  return Object.entries(ruleProblems(fields)).flatMap(([field, problem]) =>
    problem === undefined ? [] : [field],
  );
}

/** What the API's own parsers and checks say, from the same texts. */
function isRefusedByModel(fields: RuleFields): boolean {
  const protocolText = fields.protocol === 'custom' ? fields.protocolNumber : fields.protocol;
  const protocol = protocolText === 'all' ? undefined : parseProtocol(numberOf(protocolText));
  const ranges = [fields.sourcePortRange, fields.destinationPortRange].map((text) => {
    if (text === '') return undefined;
    const [from = '', to = from] = text.split('-');
    return { fromPort: numberOf(from), toPort: numberOf(to) };
  });
  const blocks = [fields.sourceCidrBlock.trim(), fields.destinationCidrBlock.trim()].map(parseCidrBlock);
  const single = [
    parseRuleNumber(numberOf(fields.ruleNumber)),
    ...(protocol === undefined ? [] : [protocol]),
    ...ranges.flatMap((range) =>
      range === undefined ? [] : [parsePort(range.fromPort), parsePort(range.toPort)],
    ),
    ...blocks,
  ];
  if (single.some(({ ok }) => !ok) || fields.description.length > 255) return true;
  const [source, destination] = blocks;
  const together = checkRule(
    {
      ...(protocol?.ok && { protocol: protocol.value }),
      ...(ranges[0] && { sourcePortRange: ranges[0] as { fromPort: number; toPort: number } }),
      ...(ranges[1] && { destinationPortRange: ranges[1] as { fromPort: number; toPort: number } }),
      ...(source?.ok && { sourceCidrBlock: source.value }),
      ...(destination?.ok && { destinationCidrBlock: destination.value }),
    },
    [],
  );
  return together.length > 0;
}

function numberOf(text: string): number | string {
  return /^[0-9]+$/.test(text) ? Number(text) : text;
}
