import t from 'tap';
import { checkMtus } from '../../src/doctor/mtu.js';
import { ENCAPSULATION_OPTIONS, type EncapsulationPlan } from '../../src/plan/mirror-plan.js';
import { device, factsOf, planWith, sourceFacts, wayFacts, wellSource } from '../fixtures/doctor/facts.js';

interface Row {
  readonly name: string;
  readonly sourceMtu?: number;
  readonly mtu: number;
  readonly deviceMtu?: number;
  readonly packetLength?: number;
  readonly target?: string;
  readonly encapsulation?: EncapsulationPlan;
  readonly oversize?: 'truncate' | 'fragment';
  readonly want: string | undefined;
  readonly remedy?: RegExp;
}

const EVERY_OPTION: EncapsulationPlan = {
  name: 'geneve',
  options: ENCAPSULATION_OPTIONS,
  networkInterface: 'eni-web',
};

const ROWS: readonly Row[] = [
  { name: 'just enough over IPv4', mtu: 1550, want: undefined },
  {
    name: 'a byte too little over IPv4',
    mtu: 1549,
    want: 'mtu-cuts',
    remedy:
      /^ip link set dev mir0 mtu 1550 .*; or packetLength: 1513 in session tms-web.*; or engine\.oversize: fragment$/,
  },
  { name: 'just enough over IPv6', mtu: 1570, target: 'fd00:9::2', want: undefined },
  {
    name: 'a byte too little over IPv6',
    mtu: 1569,
    target: 'fd00:9::2',
    want: 'mtu-cuts',
    remedy: /mtu 1570/,
  },
  { name: 'both the same', mtu: 1500, want: 'mtu-cuts' },
  { name: 'a PacketLength that fits', mtu: 1500, packetLength: 1464, want: undefined },
  {
    name: 'a PacketLength that does not',
    mtu: 1500,
    packetLength: 1465,
    want: 'mtu-cuts',
    remedy: /mtu 1501/,
  },
  {
    name: 'a PacketLength above the frame',
    mtu: 1500,
    packetLength: 8500,
    want: 'mtu-cuts',
    remedy: /mtu 1550/,
  },
  {
    name: 'just enough for GENEVE with every option',
    mtu: 1598,
    encapsulation: EVERY_OPTION,
    want: undefined,
  },
  {
    name: 'a byte too little for GENEVE with every option',
    mtu: 1597,
    encapsulation: EVERY_OPTION,
    want: 'mtu-cuts',
    remedy: /mtu 1598 .*packetLength: 1513/,
  },
  { name: 'fragments', mtu: 1500, oversize: 'fragment', want: 'mtu-fragments' },
  {
    name: 'the route is smaller than its device',
    mtu: 1400,
    deviceMtu: 9000,
    want: 'mtu-cuts',
    remedy: /^ip route get 10\.9\.0\.2 .*1550/,
  },
  {
    name: 'a source as long as loopback',
    sourceMtu: 65536,
    mtu: 9000,
    want: 'mtu-cuts',
    remedy: /^packetLength: 8964 /,
  },
  { name: 'a way that is not known', mtu: 0, want: undefined },
];

for (const {
  name,
  sourceMtu = 1500,
  mtu,
  deviceMtu = mtu,
  packetLength,
  target = '10.9.0.2',
  encapsulation,
  oversize = 'truncate',
  want,
  remedy,
} of ROWS) {
  t.test(name, async (t) => {
    const session = {
      targetAddresses: [target],
      ...(packetLength !== undefined && { packetLength }),
      ...(encapsulation && { encapsulation }),
    };
    const facts = factsOf({
      plan: planWith([wellSource({}, session)], { oversize }),
      sources: new Map([['eni-web', sourceFacts({ device: device('veth0', { mtu: sourceMtu }) })]]),
      ways: new Map([[target, wayFacts({ mtu, device: device('mir0', { mtu: deviceMtu }) })]]),
    });
    const [found] = checkMtus(facts);
    t.equal(found?.code, want);
    if (want === 'mtu-cuts') t.equal(found?.severity, 'error');
    if (want === 'mtu-fragments') t.equal(found?.severity, 'hint');
    if (remedy !== undefined) t.match(found?.remedy, remedy);
  });
}

t.test('each address of a load balancer has its own way', async (t) => {
  const facts = factsOf({
    plan: planWith([wellSource({}, { targetAddresses: ['10.9.0.2', '10.9.0.3'] })]),
    ways: new Map([
      ['10.9.0.2', wayFacts()],
      ['10.9.0.3', wayFacts({ mtu: 1500 })],
    ]),
  });
  const found = checkMtus(facts);
  t.equal(found.length, 1);
  t.match(found[0]?.text, /10\.9\.0\.3/);
});
