import t from 'tap';
import { checkFirewall } from '../../src/doctor/firewall.js';
import { parseNftRuleset } from '../../src/doctor/nft-ruleset.js';
import {
  device,
  factsOf,
  planWith,
  running,
  wayFacts,
  wellSource,
  wellStatus,
} from '../fixtures/doctor/facts.js';

type Words = Readonly<Record<string, unknown>>;

const DROP = { drop: null };
const ACCEPT = { accept: null };
const match = (left: Words, right: unknown, op = '==') => ({ match: { op, left, right } });
const udp = (field: string, right: unknown, op?: string) =>
  match({ payload: { protocol: 'udp', field } }, right, op);
const ip = (field: string, right: unknown, op?: string) =>
  match({ payload: { protocol: 'ip', field } }, right, op);
const meta = (key: string, right: unknown, op?: string) => match({ meta: { key } }, right, op);

interface Chain extends Words {
  readonly rules?: readonly (readonly Words[])[];
}

const BASE = {
  family: 'inet',
  table: 'filter',
  name: 'output',
  type: 'filter',
  hook: 'output',
  prio: 0,
  policy: 'accept',
};

/** As `nft -j list ruleset` prints it. */
function ruleset(chains: readonly Chain[], sets: readonly Words[] = []): string {
  const items = chains.flatMap(({ rules = [], ...chain }) => [
    { chain },
    ...rules.map((expr, index) => ({
      rule: { family: chain.family, table: chain.table, chain: chain.name, handle: index + 1, expr },
    })),
  ]);
  return JSON.stringify({
    nftables: [{ metainfo: { version: '1.0.6' } }, ...sets.map((set) => ({ set })), ...items],
  });
}

interface Row {
  readonly name: string;
  readonly chains: readonly Chain[];
  readonly sets?: readonly Words[];
  readonly want: 'firewall-drops' | 'firewall-may-drop' | undefined;
}

const output = (...rules: Words[][]): Chain => ({ ...BASE, rules });

const ROWS: readonly Row[] = [
  { name: 'no rules', chains: [output()], want: undefined },
  { name: 'the port is dropped', chains: [output([udp('dport', 4789), DROP])], want: 'firewall-drops' },
  {
    name: 'the port is rejected',
    chains: [output([udp('dport', 4789), { counter: { packets: 0 } }, { reject: {} }])],
    want: 'firewall-drops',
  },
  { name: 'another port is dropped', chains: [output([udp('dport', 53), DROP])], want: undefined },
  {
    name: 'a range of ports',
    chains: [output([udp('dport', { range: [4000, 5000] }), DROP])],
    want: 'firewall-drops',
  },
  {
    name: 'a set of ports',
    chains: [output([udp('dport', { set: [53, { range: [4788, 4790] }] }), DROP])],
    want: 'firewall-drops',
  },
  { name: 'all but a port', chains: [output([udp('dport', 53, '!='), DROP])], want: 'firewall-drops' },
  { name: 'a port by its name', chains: [output([udp('dport', 'vxlan'), DROP])], want: 'firewall-drops' },
  {
    name: 'the mark is accepted first',
    chains: [output([meta('mark', 0x746d6972), ACCEPT], [udp('dport', 4789), DROP])],
    want: undefined,
  },
  {
    name: 'another mark is accepted first',
    chains: [output([meta('mark', 1), ACCEPT], [udp('dport', 4789), DROP])],
    want: 'firewall-drops',
  },
  { name: 'the policy drops', chains: [{ ...BASE, policy: 'drop' }], want: 'firewall-drops' },
  {
    name: 'the policy drops what is not accepted',
    chains: [{ ...BASE, policy: 'drop', rules: [[udp('dport', 4789), ACCEPT]] }],
    want: undefined,
  },
  {
    name: 'established connections are accepted, all others dropped',
    chains: [
      {
        ...BASE,
        policy: 'drop',
        rules: [[match({ ct: { key: 'state' } }, ['established', 'related'], 'in'), ACCEPT]],
      },
    ],
    want: 'firewall-drops',
  },
  {
    name: 'new connections are accepted',
    chains: [
      {
        ...BASE,
        policy: 'drop',
        rules: [[match({ ct: { key: 'state' } }, ['new', 'established'], 'in'), ACCEPT]],
      },
    ],
    want: undefined,
  },
  {
    name: 'the network of the target',
    chains: [output([ip('daddr', { prefix: { addr: '10.9.0.0', len: 24 } }), DROP])],
    want: 'firewall-drops',
  },
  {
    name: 'another network',
    chains: [output([ip('daddr', { prefix: { addr: '10.8.0.0', len: 24 } }), DROP])],
    want: undefined,
  },
  { name: 'the address itself', chains: [output([ip('daddr', '10.9.0.2'), DROP])], want: 'firewall-drops' },
  {
    name: 'a range of addresses',
    chains: [output([ip('daddr', { range: ['10.9.0.1', '10.9.0.9'] }), DROP])],
    want: 'firewall-drops',
  },
  { name: 'the source address', chains: [output([ip('saddr', '10.9.0.1', '!='), DROP])], want: undefined },
  { name: 'the device', chains: [output([meta('oifname', 'mir0'), DROP])], want: 'firewall-drops' },
  {
    name: 'devices by the start of their name',
    chains: [output([meta('oifname', 'mir*'), DROP])],
    want: 'firewall-drops',
  },
  {
    name: 'the protocol',
    chains: [output([meta('l4proto', { set: ['tcp', 'udp'] }), DROP])],
    want: 'firewall-drops',
  },
  { name: 'TCP only', chains: [output([meta('l4proto', 6), DROP])], want: undefined },
  {
    name: 'source ports of all copies',
    chains: [output([udp('sport', { range: [49152, 65535] }), DROP])],
    want: 'firewall-drops',
  },
  {
    name: 'source ports of some copies',
    chains: [output([udp('sport', { range: [60000, 61000] }), DROP])],
    want: 'firewall-may-drop',
  },
  { name: 'source ports of none', chains: [output([udp('sport', 53), DROP])], want: undefined },
  {
    name: 'a limit',
    chains: [output([udp('dport', 4789), { limit: { rate: 10 } }, DROP])],
    want: 'firewall-may-drop',
  },
  { name: 'a test of iptables', chains: [output([{ xt: null }, DROP])], want: 'firewall-may-drop' },
  { name: 'a user', chains: [output([meta('skuid', 0), DROP])], want: 'firewall-may-drop' },
  {
    name: 'a named set',
    chains: [output([udp('dport', '@ports'), DROP])],
    sets: [{ family: 'inet', table: 'filter', name: 'ports', elem: [53, 4789] }],
    want: 'firewall-drops',
  },
  {
    name: 'a named set without the port',
    chains: [output([udp('dport', '@ports'), DROP])],
    sets: [{ family: 'inet', table: 'filter', name: 'ports', elem: [53] }],
    want: undefined,
  },
  {
    name: 'a chain that is jumped to',
    chains: [
      output([{ jump: { target: 'more' } }]),
      { family: 'inet', table: 'filter', name: 'more', rules: [[udp('dport', 4789), DROP]] },
    ],
    want: 'firewall-drops',
  },
  {
    name: 'a chain that returns first',
    chains: [
      output([{ jump: { target: 'more' } }]),
      { family: 'inet', table: 'filter', name: 'more', rules: [[{ return: null }], [DROP]] },
    ],
    want: undefined,
  },
  {
    name: 'chains that jump to each other',
    chains: [
      output([{ jump: { target: 'more' } }]),
      { family: 'inet', table: 'filter', name: 'more', rules: [[{ jump: { target: 'more' } }]] },
    ],
    want: undefined,
  },
  {
    name: 'a map of verdicts',
    chains: [
      output([
        {
          vmap: {
            key: { payload: { protocol: 'udp', field: 'dport' } },
            data: {
              set: [
                [53, ACCEPT],
                [4789, DROP],
              ],
            },
          },
        },
      ]),
    ],
    want: 'firewall-drops',
  },
  {
    name: 'packets that come in',
    chains: [{ ...BASE, name: 'input', hook: 'input', rules: [[udp('dport', 4789), DROP]] }],
    want: undefined,
  },
  { name: 'IPv6', chains: [{ ...BASE, family: 'ip6', rules: [[DROP]] }], want: undefined },
  {
    name: 'the way out of the device',
    chains: [
      {
        family: 'netdev',
        table: 'filter',
        name: 'out',
        hook: 'egress',
        dev: 'mir0',
        policy: 'accept',
        rules: [[DROP]],
      },
    ],
    want: 'firewall-drops',
  },
  {
    name: 'the way out of another device',
    chains: [
      { family: 'netdev', table: 'filter', name: 'out', hook: 'egress', dev: ['eth7'], policy: 'drop' },
    ],
    want: undefined,
  },
];

for (const { name, chains, sets, want } of ROWS) {
  t.test(name, async (t) => {
    const found = checkFirewall(factsOf({ firewall: parseNftRuleset(ruleset(chains, sets)) }));
    t.same(
      found.map(({ code }) => code),
      want === undefined ? [] : [want],
    );
    t.same(
      found.map(({ severity }) => severity),
      want === undefined ? [] : [want === 'firewall-drops' ? 'error' : 'warning'],
    );
  });
}

t.test('the remedy', async (t) => {
  const firewall = parseNftRuleset(ruleset([output([udp('dport', 4789), DROP])]));
  const [found] = checkFirewall(factsOf({ firewall }));
  t.equal(found?.remedy, 'nft insert rule inet filter output udp dport 4789 meta mark 0x746d6972 accept');
  const ofIptables = ruleset([
    { ...BASE, family: 'ip', name: 'OUTPUT', rules: [[udp('dport', 4789), DROP]] },
  ]);
  const [other] = checkFirewall(factsOf({ firewall: parseNftRuleset(ofIptables) }));
  t.equal(other?.remedy, 'iptables -I OUTPUT -p udp --dport 4789 -m mark --mark 0x746d6972 -j ACCEPT');
});

t.test('both ports of an address to which copies go in both encapsulations', async (t) => {
  const plan = planWith([
    wellSource(),
    wellSource({ id: 'eni-db' }, { id: 'tms-db', encapsulation: { name: 'geneve' } }),
  ]);
  for (const port of [4789, 6081]) {
    const firewall = parseNftRuleset(ruleset([output([udp('dport', port), DROP])]));
    const found = checkFirewall(factsOf({ firewall, plan }));
    t.same(
      found.map(({ remedy }) => remedy),
      [`nft insert rule inet filter output udp dport ${port} meta mark 0x746d6972 accept`],
    );
  }
});

t.test('copies that leave past the firewall are not dropped now', async (t) => {
  const firewall = parseNftRuleset(ruleset([output([DROP])]));
  const status = wellStatus();
  const targets = status.targets.map((target) => ({ ...target, emission: 'xdp' as const }));
  const [found] = checkFirewall(factsOf({ firewall, daemon: running({ ...status, targets }) }));
  t.equal(found?.severity, 'warning');
  const [direct] = checkFirewall(factsOf({ firewall, plan: planWith([wellSource()], { emit: 'direct' }) }));
  t.equal(direct?.severity, 'warning');
});

t.test('a target on this host is behind its rules for what comes in', async (t) => {
  const chains = [{ ...BASE, name: 'input', hook: 'input', rules: [[udp('dport', 4789), DROP]] }];
  const ways = new Map([['10.9.0.2', wayFacts({ device: device('lo') })]]);
  const [found] = checkFirewall(factsOf({ firewall: parseNftRuleset(ruleset(chains)), ways }));
  t.equal(found?.code, 'firewall-drops');
});

t.test('rules without end are given up', async (t) => {
  const jumps = Array.from({ length: 15 }, (_, index) => ({
    family: 'inet',
    table: 'filter',
    name: `c${index}`,
    rules: Array.from({ length: 20 }, () => [{ jump: { target: `c${index + 1}` } }]),
  }));
  const firewall = parseNftRuleset(ruleset([output([{ jump: { target: 'c0' } }]), ...jumps]));
  const startMs = performance.now();
  t.same(checkFirewall(factsOf({ firewall })), []);
  t.ok(performance.now() - startMs < 5000);
});

t.test('what is no ruleset', async (t) => {
  t.throws(() => parseNftRuleset('[]'));
  t.throws(() => parseNftRuleset('{"nftables":{}}'));
  t.throws(() => parseNftRuleset('nft: command not found'));
  t.same(
    [
      ...parseNftRuleset(
        '{"nftables":[null,1,{"rule":null},{"rule":{"expr":7}},{"chain":[]},{"set":{"name":3}}]}',
      ).chains,
    ],
    [],
  );
});

t.test('a table of connections that is full', async (t) => {
  t.same(checkFirewall(factsOf({ conntrack: { count: 10, maximum: 100 } })), []);
  const [found] = checkFirewall(factsOf({ conntrack: { count: 99, maximum: 100 } }));
  t.equal(found?.code, 'conntrack-full');
  t.match(found?.remedy, /notrack/);
});
