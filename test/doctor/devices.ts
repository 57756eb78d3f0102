import t from 'tap';
import { checkDevices } from '../../src/doctor/devices.js';
import type { SourceFacts } from '../../src/doctor/facts.js';
import type { FindingCode, Severity } from '../../src/doctor/finding.js';
import type { NetworkInterface } from '../../src/resources/network-interface.js';
import type { ResourceSet } from '../../src/resources/resource-set.js';
import {
  device,
  factsOf,
  PLACE,
  planWith,
  sourceFacts,
  wayFacts,
  wellSource,
} from '../fixtures/doctor/facts.js';

interface Row {
  readonly name: string;
  readonly source: Partial<SourceFacts>;
  readonly device?: string;
  readonly netns?: string;
  readonly want: readonly [Severity, FindingCode] | undefined;
  readonly text?: RegExp;
  readonly remedy?: RegExp;
}

const IN_WEB = { ...PLACE, netns: '/run/netns/web', prefix: 'nsenter --net=/run/netns/web ' };

const ROWS: readonly Row[] = [
  { name: 'is there and up', source: {}, want: undefined },
  {
    name: 'has another name',
    device: 'vteh0',
    source: { device: undefined },
    want: ['error', 'device-missing'],
    text: /^device vteh0 does not exist; there are lo, veth0, mir0$/,
    remedy: /^did you mean veth0\? networkInterfaceId: veth0$/,
  },
  {
    name: 'is not there at all',
    device: 'somethingelse',
    source: { device: undefined },
    want: ['error', 'device-missing'],
    remedy: /^ip link show/,
  },
  {
    name: 'is in another namespace',
    source: { device: undefined, elsewhere: ['/run/netns/web'] },
    want: ['error', 'device-missing'],
    text: /does not exist, but in \/run\/netns\/web$/,
    remedy: /netns: \/run\/netns\/web.*CAP_SYS_ADMIN/,
  },
  {
    name: 'is in the own namespace, and looked for in another',
    netns: '/run/netns/web',
    source: { place: IN_WEB, device: undefined, elsewhere: [''] },
    want: ['error', 'device-missing'],
    text: /does not exist in \/run\/netns\/web, but in the daemon's own namespace$/,
    remedy: /take netns away/,
  },
  {
    name: 'is looked for in a namespace that is not there',
    netns: '/run/netns/web',
    source: {
      place: { ...IN_WEB, problem: 'network namespace /run/netns/web does not exist' },
      device: undefined,
    },
    want: ['error', 'namespace-missing'],
    remedy: /ip netns add web$/,
  },
  {
    name: 'is where this process may not look',
    netns: '/run/netns/web',
    source: { place: { ...IN_WEB, problem: 'not permitted', isForbidden: true }, device: undefined },
    want: undefined,
  },
  {
    name: 'is down',
    source: { device: device('veth0', { up: false }) },
    want: ['error', 'device-down'],
    remedy: /^ip link set dev veth0 up$/,
  },
  {
    name: 'is down in another namespace',
    netns: '/run/netns/web',
    source: { place: IN_WEB, device: device('veth0', { up: false }) },
    want: ['error', 'device-down'],
    remedy: /^nsenter --net=\/run\/netns\/web ip link set dev veth0 up$/,
  },
  {
    name: 'is a tunnel',
    source: { device: device('veth0', { ethernet: false }) },
    want: ['error', 'device-not-ethernet'],
  },
  {
    name: 'has no carrier',
    source: { device: device('veth0', { carrier: false }) },
    want: ['warning', 'device-no-carrier'],
  },
];

for (const { name, source, device: deviceName = 'veth0', netns, want, text, remedy } of ROWS) {
  t.test(`a device that ${name}`, async (t) => {
    const plan = planWith([wellSource({ device: deviceName, ...(netns !== undefined && { netns }) })]);
    const sources = new Map([['eni-web', sourceFacts(source)]]);
    const [found, ...others] = checkDevices(factsOf({ plan, sources }));
    t.same(others, []);
    t.same(found && [found.severity, found.code], want);
    if (found !== undefined) t.equal(found.subject, 'eni-web');
    if (text !== undefined) t.match(found?.text, text);
    if (remedy !== undefined) t.match(found?.remedy, remedy);
  });
}

t.test('a name that is no device, but nearly one that is declared', async (t) => {
  const declared = { networkInterfaceId: 'eni-webserver', device: 'eth7' } as NetworkInterface;
  const resources = { networkInterfaces: [declared] } as unknown as ResourceSet;
  const plan = planWith([wellSource({ id: 'eni-webserve', device: 'eni-webserve' })]);
  const sources = new Map([['eni-webserve', sourceFacts({ device: undefined })]]);
  const [found] = checkDevices(factsOf({ plan, sources, resources }));
  t.match(found?.remedy, /did you mean eni-webserver\? networkInterfaceId: eni-webserver/);
});

t.test('offloads matter on libpcap I/O only, and cut where nothing limits the length', async (t) => {
  const sources = new Map([['eni-web', sourceFacts({ offloads: ['tso', 'gro'] })]]);
  const judge = (
    io: 'ring' | 'libpcap',
    packetLength?: number,
    oversize: 'truncate' | 'fragment' = 'truncate',
  ) => {
    const plan = planWith([wellSource({}, packetLength === undefined ? {} : { packetLength })], { oversize });
    const found = checkDevices(factsOf({ plan, sources, io, ways: new Map([['10.9.0.2', wayFacts()]]) }));
    return found.map(({ severity, code }) => [severity, code]);
  };
  t.same(judge('ring'), []);
  t.same(judge('libpcap'), [['error', 'offloads-cut']]);
  t.same(judge('libpcap', 128), [['hint', 'offloads-on']]);
  t.same(judge('libpcap', undefined, 'fragment'), [['hint', 'offloads-on']]);
  const [found] = checkDevices(factsOf({ sources, io: 'libpcap' }));
  t.match(found?.remedy, /^ethtool -K veth0 tso off gro off/);
});

t.test('of many namespaces that have the device, some are named', async (t) => {
  const elsewhere = Array.from({ length: 64 }, (_, index) => `/run/netns/n${index}`);
  const sources = new Map([['eni-web', sourceFacts({ device: undefined, elsewhere })]]);
  const [found] = checkDevices(factsOf({ sources }));
  t.match(found?.text, /, but in \/run\/netns\/n0 and \S+ and \S+ and \/run\/netns\/n3 and 60 more$/);
});
