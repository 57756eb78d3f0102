/** The resources that are made of matches: ids and identifiers that stay, and nobody else's. */
import t from 'tap';
import { type Configuration, parseConfiguration } from '../../src/config/load.js';
import type { DeviceName, NamespacePath } from '../../src/resources/device.js';
import type { Vni } from '../../src/resources/numbers.js';
import type { Match } from '../../src/select/find-matches.js';
import { SelectedResources } from '../../src/select/selected-resources.js';

const KEY = new Uint8Array(32).fill(7);

function configurationOf(more: object = {}, session: object = {}): Configuration {
  const file = {
    networkInterfaces: [
      { networkInterfaceId: 'eni-web', device: 'veth0' },
      { networkInterfaceId: 'eni-ids', address: '10.9.0.2', device: 'ids0' },
    ],
    networkInterfaceSelectors: [{ selectorId: 'pods', device: 'veth*', perspective: 'peer' }],
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt', networkInterfaceId: 'eni-ids' }],
    trafficMirrorFilters: [{ trafficMirrorFilterId: 'tmf' }],
    trafficMirrorSessions: [
      {
        trafficMirrorSessionId: 'tms-pods',
        networkInterfaceId: 'pods',
        trafficMirrorTargetId: 'tmt',
        trafficMirrorFilterId: 'tmf',
        sessionNumber: 3,
        ...session,
      },
    ],
    ...more,
  };
  const result = parseConfiguration(JSON.stringify(file), 'c.json');
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.configuration;
}

const matchOf = (device: string, more: Partial<Match> = {}): Match => ({
  selectorId: 'pods',
  namedBy: 'pods',
  device: device as DeviceName,
  owner: [],
  ...more,
});

function expand(
  configuration: Configuration,
  matches: readonly Match[],
  selected = new SelectedResources(KEY),
  isVniTaken: (vni: Vni) => boolean = () => false,
) {
  const { resources, selection, quotas } = configuration;
  const declared = { resources, selection, sessionsPerInterface: quotas.sessionsPerNetworkInterface };
  return selected.expand(declared, matches, isVniTaken);
}

t.test('an interface and a session for each match', async (t) => {
  const netns = '/run/netns/a' as NamespacePath;
  const { resources, refused } = expand(configurationOf(), [
    matchOf('veth1'),
    matchOf('eth0', { netns, netnsIdentity: '4 1', owner: ['netns', netns] }),
  ]);
  t.strictSame(refused, []);
  t.match(resources.networkInterfaces.slice(2), [
    { networkInterfaceId: /^eni-[0-9a-f]{17}$/, device: 'veth1', perspective: 'peer', selectorId: 'pods' },
    { networkInterfaceId: /^eni-[0-9a-f]{17}$/, device: 'eth0', netns, netnsIdentity: '4 1' },
  ]);
  const [one, two] = resources.trafficMirrorSessions;
  t.match([one, two], [{ sessionNumber: 3, selectorId: 'pods' }, { sessionNumber: 3 }]);
  t.not(one!.virtualNetworkId, two!.virtualNetworkId);
  t.not(one!.trafficMirrorSessionId, two!.trafficMirrorSessionId);
});

t.test('the same after a new start, and the same objects while nothing changes', async (t) => {
  const configuration = configurationOf();
  const selected = new SelectedResources(KEY);
  const first = expand(configuration, [matchOf('veth1'), matchOf('veth2')], selected).resources;
  const then = expand(configuration, [matchOf('veth2'), matchOf('veth3')], selected).resources;
  t.equal(then.trafficMirrorSessions[0], first.trafficMirrorSessions[1]);
  t.equal(then.networkInterfaces[2], first.networkInterfaces[3]);
  const again = expand(configuration, [matchOf('veth3'), matchOf('veth2')]).resources;
  t.same(again.trafficMirrorSessions.toReversed(), then.trafficMirrorSessions);
});

t.test('an identifier that is given is shared, one that is not is for nobody else', async (t) => {
  const given = expand(configurationOf({}, { virtualNetworkId: 42 }), [matchOf('veth1'), matchOf('veth2')]);
  t.strictSame(
    given.resources.trafficMirrorSessions.map((session) => session.virtualNetworkId),
    [42, 42],
  );
  const [plain] = expand(configurationOf(), [matchOf('veth1')]).resources.trafficMirrorSessions;
  const taken = plain!.virtualNetworkId;
  const [other] = expand(configurationOf(), [matchOf('veth1')], undefined, (vni) => vni === taken).resources
    .trafficMirrorSessions;
  t.not(other!.virtualNetworkId, taken, 'a session of the control API has it');
  const [elsewhere] = expand(configurationOf(), [matchOf('veth1')], new SelectedResources(new Uint8Array(32)))
    .resources.trafficMirrorSessions;
  t.not(elsewhere!.virtualNetworkId, taken, 'without the key of the host nobody can tell it');
  t.equal(elsewhere!.trafficMirrorSessionId, plain!.trafficMirrorSessionId);
});

t.test('names of strangers are not taken for others', async (t) => {
  const ids = [
    matchOf('eth0', { owner: ['netns', '/run/netns/a'] }),
    matchOf('eth0', { owner: ['netns', '/run/netns/a","eth0'] }),
    matchOf('eth0', { owner: ['container', '/run/netns/a'] }),
    matchOf('eth0', { owner: ['container', 'a', 'eth0'] }),
    matchOf('eth0', { namedBy: 'pods","interface' }),
    matchOf('eth0'),
  ].map((match) => expand(configurationOf(), [match]).resources.networkInterfaces[2]!.networkInterfaceId);
  t.equal(new Set(ids).size, ids.length);
});

t.test('a declared device is that interface', async (t) => {
  const { resources } = expand(configurationOf(), [matchOf('veth0', { declaredId: 'eni-web' })]);
  t.equal(resources.networkInterfaces.length, 2);
  t.match(resources.trafficMirrorSessions, [{ networkInterfaceId: 'eni-web', selectorId: 'pods' }]);
});

t.test('what breaks a rule is left out, and the others are not', async (t) => {
  const busy = configurationOf({
    trafficMirrorSessions: [
      ...[3, 4].map((sessionNumber) => ({
        trafficMirrorSessionId: `tms-${sessionNumber}`,
        networkInterfaceId: sessionNumber === 3 ? 'veth5' : 'eni-web',
        trafficMirrorTargetId: 'tmt',
        trafficMirrorFilterId: 'tmf',
        sessionNumber,
      })),
      {
        trafficMirrorSessionId: 'tms-pods',
        networkInterfaceId: 'pods',
        trafficMirrorTargetId: 'tmt',
        trafficMirrorFilterId: 'tmf',
        sessionNumber: 3,
      },
    ],
  });
  const rows = [
    { match: matchOf('ids0', { declaredId: 'eni-ids' }), want: /"ids0" is in use by target tmt/ },
    { match: matchOf('veth5'), want: /session number 3 on "veth5" is taken by tms-3/ },
  ];
  for (const { match, want } of rows) {
    const { resources, refused } = expand(busy, [match, matchOf('veth9')]);
    t.match(refused, [{ selectorId: 'pods', reason: want }]);
    t.match(resources.trafficMirrorSessions.slice(2), [{ selectorId: 'pods' }]);
  }
  const full = { ...busy, quotas: { ...busy.quotas, sessionsPerNetworkInterface: 1 } };
  t.match(expand(full, [matchOf('veth0', { declaredId: 'eni-web' })]).refused, [
    { reason: /has 1 sessions: quotas.sessionsPerNetworkInterface/ },
  ]);
});

t.test('a match belongs to an account', async (t) => {
  const owners = (selector: object, ownerId?: string) => {
    const base = { selectorId: 'pods', device: 'veth*' };
    const { resources, selection } = configurationOf({
      networkInterfaceSelectors: [{ ...base, ...selector }],
    });
    const declared = { resources, selection, sessionsPerInterface: 3, ownerId };
    const made = new SelectedResources(KEY).expand(declared, [matchOf('veth1')], () => false);
    const match = made.resources.networkInterfaces.at(-1);
    return [match?.ownerId, match?.subnetOwnerId];
  };
  const [first, second, third] = ['111122223333', '444455556666', '777788889999'] as const;
  t.strictSame(owners({}, first), [first, undefined], 'the first account');
  t.strictSame(owners({ ownerId: second }, first), [second, undefined]);
  t.strictSame(owners({ ownerId: second, subnetOwnerId: third }, first), [second, third]);
  t.strictSame(owners({}), [undefined, undefined], 'no control API');
});
