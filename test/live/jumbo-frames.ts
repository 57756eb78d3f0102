/**
 * The way to the target has an MTU of 9001. What is 54 bytes less at the source fits over IPv4, 74 less over IPv6, and is
 * mirrored whole; packets of 8996 bytes are cut.
 */
import t, { type Test } from 'tap';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { udp } from '../fixtures/frames/transport.js';
import { checkSums } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand, planOf } from '../fixtures/live/daemon/stand.js';
import { Ledger } from '../fixtures/live/oracle/ledger.js';
import { readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import { ENGINES, skipUnless } from '../fixtures/live/requirements.js';
import { passFrames } from '../fixtures/live/traffic/passage.js';

const TARGET_MTU = 9001;
const ETHERNET_BYTES = 14;
/** Ethernet, IPv4, UDP. */
const HEADERS = 42;

interface Jumbo {
  readonly name: string;
  readonly target: string;
  /** Bytes of outer headers, without a link header. */
  readonly overhead: number;
  /** IP packets at the source, and what of their frames arrives. */
  readonly packets: readonly { readonly length: number; readonly isWhole: boolean }[];
}

const CASES: readonly Jumbo[] = [
  {
    name: 'IPv4',
    target: '10.9.0.2',
    overhead: 36,
    packets: [
      { length: TARGET_MTU - 54, isWhole: true },
      { length: TARGET_MTU - 50, isWhole: true },
      { length: TARGET_MTU - 49, isWhole: false },
      { length: 8996, isWhole: false },
    ],
  },
  {
    name: 'IPv6',
    target: 'fd00:9::2',
    overhead: 56,
    packets: [
      { length: TARGET_MTU - 74, isWhole: true },
      { length: TARGET_MTU - 70, isWhole: true },
      { length: TARGET_MTU - 69, isWhole: false },
      { length: 8996, isWhole: false },
    ],
  },
];

async function mirrorJumbo(t: Test, { target, overhead, packets }: Jumbo): Promise<void> {
  const stand = buildStand(t, { sourceMtu: TARGET_MTU, targetMtu: TARGET_MTU, ipv6Target: true });
  const configFile = stand.configure({ ...mirrorEverything('veth0', 42, target), engine: ENGINES.ring });
  const [source] = (await planOf(configFile)).sources;
  const sent = packets.map(({ length, isWhole }) => ({
    direction: 'ingress' as const,
    bytes: frame(ethernet(), ipv4(), udp(), payload(length + ETHERNET_BYTES - HEADERS)),
    name: `${length} bytes`,
    isWhole,
  }));
  const { arrived, status, exitCode } = await passFrames(stand, 'ring', configFile, source!, sent);
  const fits = TARGET_MTU - overhead;
  const ledger = new Ledger();
  for (const { bytes, name, isWhole } of sent) {
    t.equal(bytes.length <= fits, isWhole, `${name}: ${isWhole ? 'whole' : 'cut'}`);
    ledger.expect(Buffer.from(bytes.subarray(0, fits)).toString('hex'), name);
  }
  for (const { bytes } of arrived) {
    const { inner } = readCopy(bytes);
    ledger.arrive(inner.toString('hex'), `${inner.length} bytes`);
  }
  ledger.check(t, 'copies');
  const session = status.lanes[0]?.sessions[0];
  t.equal(session?.cut, packets.filter(({ isWhole }) => !isWhole).length, 'counted as cut');
  checkSums(t, status, 'accounting');
  t.equal(exitCode, 0, 'exit code');
}

for (const jumbo of CASES) t.test(jumbo.name, { skip: skipUnless('tcpdump') }, (t) => mirrorJumbo(t, jumbo));
