import t from 'tap';
import type { WayFacts } from '../../src/doctor/facts.js';
import { checkRoutes } from '../../src/doctor/routes.js';
import type { Status } from '../../src/status/status.js';
import {
  device,
  factsOf,
  PLACE,
  planWith,
  running,
  wayFacts,
  wellSource,
  wellStatus,
} from '../fixtures/doctor/facts.js';

interface Row {
  readonly name: string;
  readonly way?: Partial<WayFacts>;
  readonly target?: Partial<Status['targets'][number]>;
  readonly want: readonly [string, string] | undefined;
  readonly remedy?: RegExp;
}

const ROWS: readonly Row[] = [
  { name: 'all is well', want: undefined },
  {
    name: 'there is no route',
    way: { device: undefined },
    want: ['error', 'route-missing'],
    remedy: /^ip route add 10\.9\.0\.2 dev mir0 /,
  },
  {
    name: 'a rule by mark leads nowhere',
    way: { device: undefined, isLostByMark: true },
    want: ['error', 'route-missing'],
    remedy: /fwmark 0x746d6972/,
  },
  {
    name: 'the source address is not ours',
    way: { badSources: ['10.1.0.9'] },
    want: ['error', 'source-address-missing'],
    remedy: /ip addr add 10\.1\.0\.9 dev mir0/,
  },
  {
    name: 'the next hop does not answer',
    way: { neighbour: 'failed' },
    want: ['error', 'next-hop-silent'],
    remedy: /^ping -c 3 -I mir0 10\.9\.0\.2/,
  },
  {
    name: 'the device by which copies leave has no carrier',
    way: { device: device('mir0', { carrier: false }), neighbour: 'failed' },
    want: ['error', 'device-no-carrier'],
    remedy: /^ip link show dev mir0 #/,
  },
  { name: 'the kernel is still asking', way: { neighbour: 'asking' }, want: undefined },
  { name: 'nothing listens, by a probe', way: { probe: 'refused' }, want: ['warning', 'target-refuses'] },
  {
    name: 'the firewall forbids it, by a probe',
    way: { probe: 'permission' },
    want: ['error', 'target-forbidden'],
  },
  { name: 'a router says no, by a probe', way: { probe: 'no-route' }, want: ['error', 'target-unreachable'] },
  { name: 'a probe was sent', way: { probe: 'sent' }, want: undefined },
  {
    name: 'the daemon knows that nothing listens',
    target: { state: 'suspect', reason: 'refused: nothing listens on its UDP port 4789' },
    want: ['warning', 'target-refuses'],
  },
  {
    name: 'the daemon knows that the next hop is silent',
    target: { state: 'unreachable', reason: 'its next hop does not answer' },
    want: ['error', 'next-hop-silent'],
  },
  {
    name: 'the daemon knows that the firewall forbids it',
    target: { state: 'unreachable', reason: "permission: the host's firewall forbids it" },
    want: ['error', 'target-forbidden'],
  },
  {
    name: 'the health check fails',
    target: { state: 'unreachable', reason: 'its health check fails' },
    want: ['error', 'target-unhealthy'],
  },
  {
    name: 'the queue is full',
    target: { state: 'suspect', reason: 'buffers: the queue towards it is full' },
    want: ['warning', 'target-congested'],
    remedy: /tc -s qdisc show dev eth1/,
  },
  {
    name: 'a router has a smaller MTU',
    target: { state: 'suspect', reason: 'oversize: the MTU on the way is smaller than the route says' },
    want: ['error', 'mtu-cuts'],
    remedy: /^tracepath -n 10\.9\.0\.2/,
  },
  {
    name: 'a reason that is new',
    target: { state: 'unreachable', reason: 'something else' },
    want: ['error', 'target-unreachable'],
  },
];

for (const { name, way = {}, target, want, remedy } of ROWS) {
  t.test(name, async (t) => {
    const status = wellStatus();
    const targets = status.targets.map((one) => ({ ...one, ...target }));
    const facts = factsOf({
      ways: new Map([['10.9.0.2', wayFacts(way)]]),
      daemon: running({ ...status, targets }),
    });
    const found = checkRoutes(facts);
    t.ok(found.length <= 1, 'one finding for a target');
    t.same(found[0] && [found[0].severity, found[0].code], want);
    if (want !== undefined) t.equal(found[0]?.subject, 'tmt-1');
    if (remedy !== undefined) t.match(found[0]?.remedy, remedy);
  });
}

const missing = (home: Partial<typeof PLACE>, address = '10.9.0.2') =>
  checkRoutes(
    factsOf({
      home: { ...PLACE, ...home },
      plan: planWith([wellSource({}, { targetAddresses: [address] })]),
      ways: new Map([[address, wayFacts({ device: undefined })]]),
    }),
  )[0];
const [lo] = PLACE.networks;
const MIR = device('mir0', { index: 3 });

t.test('the device of the target’s network is down', async (t) => {
  const devices = [device('veth0'), { ...MIR, up: false, carrier: false }, device('eth9')];
  t.match(missing({ devices }), {
    code: 'route-missing',
    text: 'there is no route to 10.9.0.2: device mir0, which has 10.9.0.1/24, is down',
    remedy: 'ip link set dev mir0 up',
  });
});

t.test('the only device by which copies can leave is down, and has lost its address', async (t) => {
  const devices = [device('lo'), device('veth0'), { ...MIR, up: false, carrier: false }];
  const found = missing({ devices, networks: [lo!] }, 'fd00:9::2');
  t.match(found, { text: /: device mir0 is down$/, remedy: 'ip link set dev mir0 up' });
});

t.test('it has no address', async (t) => {
  const devices = [device('lo'), device('veth0'), MIR];
  t.match(missing({ devices, networks: [lo!] }), {
    text: /: device mir0 has no IPv4 address$/,
    remedy: /^ip addr add ADDRESS\/24 dev mir0 # .*via GATEWAY$/,
  });
  const linkLocal = { device: 'mir0', address: 'fe80::1', prefixLength: 64 };
  t.match(missing({ devices, networks: [lo!, linkLocal] }, 'fd00:9::2'), {
    text: /: device mir0 has no IPv6 address$/,
    remedy: /^ip -6 addr add ADDRESS\/64 dev mir0 #/,
  });
  t.match(missing({ devices, networks: [] }), { remedy: /^ip route add/ }, 'addresses cannot be read');
});

t.test('IPv6 is off on it', async (t) => {
  const devices = [device('lo'), device('veth0'), { ...MIR, ipv6: false }];
  t.match(missing({ devices }, 'fd00:9::2'), {
    text: /: IPv6 is off on mir0$/,
    remedy: /^sysctl -w net\/ipv6\/conf\/mir0\/disable_ipv6=0; ip -6 addr add ADDRESS\/64 dev mir0 #/,
  });
  t.match(missing({ devices }), { remedy: /^ip route add/ }, 'IPv4 does not care');
});

t.test('a device is named for a route only when there is one to name', async (t) => {
  const devices = [...PLACE.devices, device('eth9')];
  t.match(missing({ devices }, '10.77.0.1'), { remedy: /dev DEVICE/ });
});

t.test('of several devices, the one in the network of the target', async (t) => {
  const devices = [device('eth9'), MIR, device('eth10')];
  t.match(missing({ devices }), { remedy: /^ip route add 10\.9\.0\.2 dev mir0 / });
});

t.test('commands are for the namespace of the daemon', async (t) => {
  const home = { ...PLACE, prefix: 'nsenter --net=/proc/7/ns/net ' };
  const [found] = checkRoutes(
    factsOf({ home, ways: new Map([['10.9.0.2', wayFacts({ device: undefined })]]) }),
  );
  t.match(found?.remedy, /^nsenter --net=\/proc\/7\/ns\/net ip route add/);
});
