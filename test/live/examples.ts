/**
 * The worked examples of config/examples with real traffic: what arrives at each appliance is exactly what
 * tcpdump on the source calls by the example's own words.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { parseDocument } from 'yaml';
import type { Namespace } from '../../lab/namespaces.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { disableOffloads } from '../fixtures/live/network/offloads.js';
import { Ledger } from '../fixtures/live/oracle/ledger.js';
import { parsePcap } from '../fixtures/live/oracle/pcap.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { converse, startEchoServer } from '../fixtures/live/traffic/echo.js';
import { MARKER } from '../fixtures/live/traffic/marker.js';
import { Sender } from '../fixtures/live/traffic/sender.js';
import { fromRoot } from '../fixtures/root.js';

/** What an appliance gets: frames of one direction that a libpcap expression calls. */
interface Delivery {
  readonly to: string;
  readonly vni: number;
  readonly direction: 'in' | 'out';
  readonly expression: string;
}

interface Example {
  readonly name: string;
  readonly deliveries: readonly Delivery[];
  /** Traffic that the source has and that no appliance gets. */
  readonly kept: readonly Omit<Delivery, 'to' | 'vni'>[];
}

const LOCAL = '10.0.0.0/16';

const EXAMPLES: readonly Example[] = [
  {
    name: 'inbound-tcp-one-appliance',
    deliveries: [{ to: '10.9.0.2', vni: 1, direction: 'in', expression: 'tcp' }],
    kept: [
      { direction: 'out', expression: 'tcp' },
      { direction: 'in', expression: 'udp or icmp' },
    ],
  },
  {
    name: 'tcp-and-udp-two-appliances',
    deliveries: [
      { to: '10.9.0.2', vni: 1, direction: 'in', expression: 'tcp' },
      { to: '10.9.0.3', vni: 2, direction: 'in', expression: 'udp' },
    ],
    kept: [
      { direction: 'out', expression: 'tcp' },
      { direction: 'out', expression: 'udp' },
      { direction: 'in', expression: 'icmp' },
    ],
  },
  {
    name: 'non-local-traffic',
    deliveries: [
      { to: '10.9.0.2', vni: 1, direction: 'in', expression: `ip and not src net ${LOCAL}` },
      { to: '10.9.0.2', vni: 1, direction: 'out', expression: `ip and not dst net ${LOCAL}` },
    ],
    kept: [
      { direction: 'in', expression: `src net ${LOCAL} and dst net ${LOCAL}` },
      { direction: 'out', expression: `src net ${LOCAL} and dst net ${LOCAL}` },
      { direction: 'in', expression: `src net ${LOCAL} and not dst net ${LOCAL}` },
    ],
  },
];

/** Inside the local network, into it, out of it, and past it. */
const PAIRS = ['10.0.0.2', '10.1.0.2'].flatMap((from) =>
  ['10.0.0.1', '10.1.0.1'].map((to) => ({ from, to })),
);

async function runExample(t: Test, { name, deliveries, kept }: Example): Promise<void> {
  const stand = buildStand(t, { targets: 2 });
  prepareSource(stand.host, 'veth0', '10.0.0.1/16');
  prepareSource(stand.client, 'veth1', '10.0.0.2/16');
  const { client, host, ids, directory } = stand;
  const file = (of: string): string => `${directory}/${of}.pcap`;
  const inClient = new Sender(client);
  const inHost = new Sender(host);
  const received = await Recording.start(host, 'veth0', file('in'), '-Q', 'in');
  const sent = await Recording.start(host, 'veth0', file('out'), '-Q', 'out');
  const arrived = await Recording.start(ids, 'ids0', file('arrived'), '-Q', 'in', 'not arp');
  const daemon = await stand.start(exampleFile(stand, name));
  await startEchoServer(host);
  await converse(client, PAIRS);

  await received.end(MARKER, () => inClient.send('veth1', [MARKER]));
  await sent.end(MARKER, () => inHost.send('veth0', [MARKER]));
  const ledger = new Ledger();
  let due = 0;
  for (const { to, vni, direction, expression } of deliveries) {
    const frames = select(file(direction), expression);
    t.ok(frames.length > 0, `${frames.length} frames ${direction} that are "${expression}" go to ${to}`);
    for (const frame of frames)
      ledger.expect(`${to} ${vni} ${frame}`, `${direction}, ${expression}: ${frame}`);
    due += frames.length;
  }
  await arrived.until(`${due} copies`, (frames) => frames.length >= due);
  for (const { bytes } of await arrived.end(MARKER, () => inHost.send('mir0', [MARKER]))) {
    const { to, vni, inner } = readCopy(bytes);
    ledger.arrive(`${to} ${vni} ${inner.toString('hex')}`, `to ${to}, VNI ${vni}: ${inner.toString('hex')}`);
  }
  ledger.check(t, name);
  for (const { direction, expression } of kept) {
    t.ok(
      select(file(direction), expression).length > 0,
      `there is "${expression}" ${direction}, and nobody gets it`,
    );
  }
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** A second network, and frames as a wire would carry them. */
function prepareSource(namespace: Namespace, device: string, address: string): void {
  namespace.ip('addr', 'add', address, 'dev', device);
  disableOffloads(namespace, device);
}

/** The file as it is, but for the state directory. */
function exampleFile({ directory }: Stand, name: string): string {
  const path = fromRoot(`config/examples/${name}.yaml`);
  const document = parseDocument(readFileSync(path, 'utf8'));
  document.setIn(['state', 'directory'], directory);
  const file = `${directory}/${name}.yaml`;
  writeFileSync(file, String(document));
  return file;
}

/** The frames of a file that tcpdump selects, in hexadecimal. */
function select(file: string, expression: string): string[] {
  const output = execFileSync('tcpdump', ['-n', '-Z', 'root', '-r', file, '-w', '-', expression], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return parsePcap(output).map(({ bytes }) => bytes.toString('hex'));
}

for (const example of EXAMPLES) {
  t.test(example.name, { skip: skipUnless('tcpdump', 'ethtool', 'ping') }, (t) => runExample(t, example));
}
