/** What selectors match: everything that is named holds, within bounds, and strangers take nobody's place. */
import t from 'tap';
import type { DeviceName, NamespacePath } from '../../src/resources/device.js';
import type { NetworkInterfaceSelector } from '../../src/resources/network-interface-selector.js';
import {
  type DeclaredSight,
  type Found,
  findMatches,
  MAXIMUM_IN_NAMESPACE,
  MAXIMUM_MATCHES,
  MAXIMUM_MATCHES_LIBPCAP,
  matchKey,
} from '../../src/select/find-matches.js';
import { SelectorTest } from '../../src/select/selector-test.js';
import type { ContainerSight, NamespaceSight, World } from '../../src/select/world.js';

const device = (name: string, more: object = {}) => ({ name, ethernet: true, loopback: false, ...more });
const LO = device('lo', { loopback: true });

function worldOf(world: {
  own?: readonly string[];
  namespaces?: Readonly<Record<string, readonly string[]>>;
  identities?: Readonly<Record<string, string>>;
  containers?: readonly ContainerSight[];
}): World {
  const { own = [], namespaces = {}, identities = {}, containers = [] } = world;
  const sight = (identity: string, names: readonly string[]): NamespaceSight => ({
    identity,
    devices: [LO, ...names.map((name) => device(name))],
  });
  return {
    own: sight('own', own),
    namespaces: new Map(
      Object.entries(namespaces).map(([path, names]) => [
        path as NamespacePath,
        sight(identities[path] ?? `of ${path}`, names),
      ]),
    ),
    containers,
  };
}

function container(id: string, netns: string, labels: Readonly<Record<string, string>> = {}): ContainerSight {
  return { id, netns: netns as NamespacePath, labels: new Map(Object.entries(labels)) };
}

function find(
  selectors: readonly (Partial<NetworkInterfaceSelector> & { selectorId: string })[],
  world: World,
  declared: readonly DeclaredSight[] = [],
  before: ReadonlySet<string> = new Set(),
  most = MAXIMUM_MATCHES,
): Found {
  const tests = selectors.map((one) => new SelectorTest({ maximumMatches: 256, ...one }));
  return findMatches(tests, world, declared, before, most);
}

const shown = ({ matches }: Found): string[] =>
  matches.map((match) => [match.selectorId, match.netns ?? '', match.device].join(' '));

t.test('devices by pattern', async (t) => {
  const world = worldOf({ own: ['veth0', 'veth12', 'eth0', 'vethé'] });
  const rows = [
    { pattern: 'veth*', want: ['veth0', 'veth12', 'vethé'] },
    { pattern: 'veth?', want: ['veth0', 'vethé'] },
    { pattern: 'eth0', want: ['eth0'] },
    { pattern: '*', want: ['veth0', 'veth12', 'eth0', 'vethé'] },
    { pattern: 'lo', want: ['lo'] },
    { pattern: 'VETH*', want: [] },
  ];
  for (const { pattern, want } of rows) {
    const { matches } = find([{ selectorId: 's', device: pattern }], world);
    t.strictSame(
      matches.map((match) => match.device),
      want,
      pattern,
    );
  }
});

t.test('names that no source may have, and devices that cannot be mirrored', async (t) => {
  const world = worldOf({ own: ['ok0'] });
  const own = {
    identity: 'own',
    devices: [device('a\u001b[2Jb'), device('x\ny'), device('tun0', { ethernet: false }), device('ok0')],
  };
  t.strictSame(shown(find([{ selectorId: 's', device: '*' }], { ...world, own })), ['s  ok0']);
});

t.test('namespaces', async (t) => {
  const world = worldOf({
    own: ['eth0'],
    namespaces: {
      '/run/netns/web-1': ['eth0', 'eth1'],
      '/run/docker/netns/web-2': ['eth0'],
      '/srv/web-3': ['eth0'],
      '/run/netns/mine': ['eth0'],
    },
    identities: { '/run/netns/mine': 'own' },
  });
  t.strictSame(shown(find([{ selectorId: 's', netns: 'web-*', device: 'eth0' }], world)), [
    's /run/netns/web-1 eth0',
    's /run/docker/netns/web-2 eth0',
  ]);
  t.strictSame(shown(find([{ selectorId: 's', netns: '/srv/*' }], world)), ['s /srv/web-3 eth0']);
  t.strictSame(shown(find([{ selectorId: 's', netns: '/var/run/netns/web-1', device: 'eth1' }], world)), [
    's /run/netns/web-1 eth1',
  ]);
  t.strictSame(
    shown(find([{ selectorId: 's', netns: '*', device: 'eth0' }], world)).length,
    2,
    'not its own',
  );
});

t.test('two paths of one namespace are one', async (t) => {
  const world = worldOf({
    namespaces: { '/run/netns/a': ['eth0'], '/run/netns/b': ['eth0'] },
    identities: { '/run/netns/a': 'one', '/run/netns/b': 'one' },
  });
  t.strictSame(shown(find([{ selectorId: 's', netns: '*' }], world)), ['s /run/netns/a eth0']);
});

t.test('containers', async (t) => {
  const world = worldOf({
    own: ['eth0'],
    namespaces: { '/n/1': ['eth0'], '/n/2': ['eth0'], '/n/host': ['eth0'] },
    identities: { '/n/host': 'own' },
    containers: [
      container('docker/1', '/n/1', { app: 'web-1' }),
      container('docker/2', '/n/2', { app: 'db', 'app=web': 'web-9' }),
      container('docker/joins', '/n/1', { app: 'web-2' }),
      container('docker/host', '/n/host', { app: 'web-3' }),
      container('docker/gone', '/n/gone', { app: 'web-4' }),
    ],
  });
  const { matches } = find([{ selectorId: 's', containerLabel: 'app=web-*' }], world);
  t.strictSame(
    matches.map(({ owner, netns, netnsIdentity }) => [owner, netns, netnsIdentity]),
    [[['container', 'docker/1'], '/n/1', 'of /n/1']],
    'neither the one that joins it, nor one in the namespace of the daemon',
  );
  t.equal(find([{ selectorId: 's', containerLabel: 'app' }], world).matches.length, 2, 'a key alone');
  t.equal(find([{ selectorId: 's', containerLabel: 'nothing' }], world).matches.length, 0);
  t.strictSame(shown(find([{ selectorId: 's', containerLabel: 'app', netns: '/n/2' }], world)), [
    's /n/2 eth0',
  ]);
});

t.test('declared interfaces', async (t) => {
  const sight = (id: string, more: object, identity = ''): DeclaredSight => ({
    declared: { networkInterfaceId: id, device: 'eth0' as DeviceName, ...more } as DeclaredSight['declared'],
    identity,
  });
  const declared = [
    sight('eni-a', { tags: { team: 'sec', tier: '1' }, subnetId: 'subnet-1' }),
    sight('eni-b', { tags: { team: 'ops' }, netns: '/run/netns/b' as NamespacePath }, 'of b'),
    sight('eni-c', { netns: '/run/netns/gone' as NamespacePath }, '/run/netns/gone'),
  ];
  const ids = (selector: Partial<NetworkInterfaceSelector>) =>
    find([{ selectorId: 's', ...selector }], worldOf({}), declared).matches.map((match) => match.declaredId);
  t.strictSame(ids({ tags: { team: 's*' } }), ['eni-a']);
  t.strictSame(ids({ tags: { team: '*' } }), ['eni-a', 'eni-b']);
  t.strictSame(ids({ tags: { team: '*' }, subnetId: 'subnet-?' }), ['eni-a'], 'all of it holds');
  t.strictSame(ids({ tags: { team: '*' }, netns: 'b' }), ['eni-b']);
  t.strictSame(ids({ tags: { team: '*' }, device: 'veth*' }), []);
  t.strictSame(ids({ tags: { toString: '*' } }), [], 'no property of the language is a tag');
  const own = find([{ selectorId: 's', device: 'eth0' }], worldOf({ own: ['eth0'] }), declared);
  t.match(
    own.matches,
    [{ declaredId: 'eni-a' }],
    'a device that is declared is that interface, and no other one',
  );
});

t.test('one device of two selectors is one interface', async (t) => {
  const world = worldOf({ own: ['veth0'] });
  const { matches } = find(
    [
      { selectorId: 'a', device: 'veth*' },
      { selectorId: 'b', device: '*' },
    ],
    world,
  );
  t.strictSame(
    matches.map(({ selectorId, namedBy }) => [selectorId, namedBy]),
    [
      ['a', 'a'],
      ['b', 'a'],
    ],
  );
});

t.test('bounds', async (t) => {
  const many = Array.from({ length: 300 }, (_, index) => `veth${index}`);
  const one = find([{ selectorId: 's', device: 'veth*', maximumMatches: 10 }], worldOf({ own: many }));
  t.equal(one.matches.length, 10);
  t.strictSame(one.leftOut.get('s'), { count: 290, reason: 'maximum-matches' });

  const inside = find(
    [{ selectorId: 's', netns: '*' }],
    worldOf({ namespaces: { '/run/netns/a': many, '/run/netns/b': ['eth0'] } }),
  );
  t.equal(inside.matches.length, MAXIMUM_IN_NAMESPACE + 1, 'one namespace does not use up the rest');
  t.match(inside.leftOut.get('s'), { count: 300 - MAXIMUM_IN_NAMESPACE, reason: 'namespace-devices' });

  const [first, second] = [
    { selectorId: 'a', device: 'veth1?' },
    { selectorId: 'b', device: 'veth2??' },
  ];
  const all = find([first, second], worldOf({ own: many }), [], new Set(), MAXIMUM_MATCHES_LIBPCAP);
  t.equal(all.matches.length, MAXIMUM_MATCHES_LIBPCAP, 'all selectors together');
  t.strictSame(all.leftOut.get('b'), { count: 110 - MAXIMUM_MATCHES_LIBPCAP, reason: 'all-matches' });
});

t.test('who comes later takes nobody his place', async (t) => {
  const selector = { selectorId: 's', device: 'veth*', maximumMatches: 2 };
  const first = find([selector], worldOf({ own: ['veth5', 'veth6'] }));
  const before = new Set(first.matches.map(matchKey));
  const then = find([selector], worldOf({ own: ['veth0', 'veth1', 'veth5', 'veth6'] }), [], before);
  t.strictSame(shown(then), ['s  veth5', 's  veth6']);
});

t.test('keys are not taken for others', async (t) => {
  const match = (selectorId: string, device: string, owner: readonly string[]) =>
    matchKey({ selectorId, device: device as DeviceName, owner });
  t.not(match('a', 'b","c', []), match('a', 'b', ['c']));
  t.not(match('a","b', 'c', []), match('a', 'b', ['c']));
});
