/** The host's own firewall: what of the traffic that it drops is mirrored, and how copies are exempted from its rules. */
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { Daemon } from '../../lab/daemon.js';
import type { Status } from '../../src/status/status.js';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { udp } from '../fixtures/frames/transport.js';
import { checkSums, laneOf, sessionSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import { ENGINES, skipUnless } from '../fixtures/live/requirements.js';
import { Sender } from '../fixtures/live/traffic/sender.js';
import { fromRoot } from '../fixtures/root.js';

const FRAMES = 100;
/** Bytes in front of the payload: Ethernet, IPv4, UDP. */
const HEADERS = 42;
/** As Debian's /etc/nftables.conf has them. */
const TABLE = `table inet filter {
  chain input { type filter hook input priority filter; }
  chain forward { type filter hook forward priority filter; }
  chain output { type filter hook output priority filter; }
}`;

interface Setup {
  readonly stand: Stand;
  readonly daemon: Daemon;
  readonly recording: Recording;
}

async function setUp(t: Test): Promise<Setup> {
  const stand = buildStand(t);
  nft(stand, TABLE);
  const file = `${stand.directory}/arrived.pcap`;
  const recording = await Recording.start(stand.ids, 'ids0', file, '-Q', 'in', 'udp port 4789');
  const configuration = { ...mirrorEverything('veth0', 42), engine: ENGINES.ring };
  return { stand, recording, daemon: await stand.start(stand.configure(configuration)) };
}

function nft({ host }: Stand, rules: string): void {
  host.run('sh', '-c', 'printf %s "$1" | nft -f -', 'sh', rules);
}

/** Datagrams from the client to the host, each with a text of its own. */
function datagrams({ host, client }: Stand, text: string, to = '10.1.0.1'): Uint8Array[] {
  const macOf = (of: typeof host, device: string): number[] => {
    const [link] = JSON.parse(of.ip('-j', 'link', 'show', device)) as [{ address: string }];
    return link.address.split(':').map((byte) => Number.parseInt(byte, 16));
  };
  const link = ethernet({ source: macOf(client, 'veth1'), destination: macOf(host, 'veth0') });
  return Array.from({ length: FRAMES }, (_, index) =>
    frame(
      link,
      ipv4({ source: '10.1.0.2', destination: to }),
      udp({ sourcePort: 9999, destinationPort: 9 }),
      payload(Buffer.from(`${text} ${index}`)),
    ),
  );
}

/** Datagrams from a socket of the host to the client, as any program sends them. A firewall may refuse them. */
function sendFromHost({ host }: Stand, text: string): void {
  const script = `
    const socket = require('dgram').createSocket('udp4');
    const send = (left) => left === 0 ? socket.close()
      : socket.send(process.argv[1] + ' ' + left, 9, '10.1.0.2', () => send(left - 1));
    send(${FRAMES});`;
  host.run(process.execPath, '-e', script, text);
}

/** Frames that a rule with a counter dropped. */
function dropped({ host }: Stand, chain: string): number {
  return Number(/counter packets (\d+)/.exec(host.run('nft', 'list', 'chain', 'inet', 'filter', chain))?.[1]);
}

/** How many copies of datagrams with a text arrived. */
function arrived(recording: Recording, text: string): number {
  const texts = recording.frames().map(({ bytes }) => readCopy(bytes).inner.subarray(HEADERS).toString());
  return texts.filter((found) => found.startsWith(`${text} `)).length;
}

/** Waits for the copies, and for the counts. */
async function arrival({ daemon, recording }: Setup, text: string, due: number): Promise<void> {
  await recording.until(`${due} copies of "${text}"`, () => arrived(recording, text) >= due);
  await daemon.until('the counts', (status) => sessionSum(status, 'mirrored') >= due);
}

async function end(t: Test, { daemon, recording }: Setup): Promise<void> {
  checkSums(t, await daemon.status(), 'in the end');
  await recording.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
}

const skip = skipUnless('nft', 'tcpdump');

t.test('rules for input drop traffic', { skip }, async (t) => {
  const setup = await setUp(t);
  const { stand, recording } = setup;
  nft(stand, 'add rule inet filter input udp dport 9 counter drop');
  await new Sender(stand.client).send('veth1', datagrams(stand, 'input'));
  await arrival(setup, 'input', FRAMES);
  t.equal(dropped(stand, 'input'), FRAMES, 'the host drops all of it');
  t.equal(arrived(recording, 'input'), FRAMES, 'and all of it is mirrored');
  await end(t, setup);
});

t.test('rules for output drop traffic', { skip }, async (t) => {
  const setup = await setUp(t);
  const { stand, recording } = setup;
  stand.host.ip('neigh', 'replace', '10.1.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'veth0');
  nft(stand, 'add rule inet filter output udp dport 9 counter drop');
  sendFromHost(stand, 'dropped');
  t.equal(dropped(stand, 'output'), FRAMES, 'the host drops all of it');
  nft(stand, 'flush chain inet filter output');
  sendFromHost(stand, 'sent');
  await arrival(setup, 'sent', FRAMES);
  t.equal(arrived(recording, 'sent'), FRAMES, 'what is sent is mirrored');
  t.equal(arrived(recording, 'dropped'), 0, 'what was not is not');
  await end(t, setup);
});

t.test('rules for what is forwarded to a workload', { skip }, async (t) => {
  const setup = await setUp(t);
  const { stand, recording } = setup;
  stand.host.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
  stand.host.ip('neigh', 'replace', '10.1.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'veth0');
  stand.ids.ip('route', 'add', '10.1.0.0/24', 'via', '10.9.0.1');
  nft(stand, 'add rule inet filter forward udp dport 9 counter drop');
  const send = (text: string): void => {
    const script = `
      const socket = require('dgram').createSocket('udp4');
      const send = (left) => left === 0 ? socket.close()
        : socket.send(process.argv[1] + ' ' + left, 9, '10.1.0.2', () => send(left - 1));
      send(${FRAMES});`;
    stand.ids.run(process.execPath, '-e', script, text);
  };
  send('kept away');
  t.equal(dropped(stand, 'forward'), FRAMES, 'the host drops all of it');
  nft(stand, 'flush chain inet filter forward');
  send('let through');
  await arrival(setup, 'let through', FRAMES);
  t.equal(arrived(recording, 'let through'), FRAMES, 'what reaches the workload is mirrored');
  t.equal(arrived(recording, 'kept away'), 0, 'what does not is not');
  await end(t, setup);
});

t.test('rules for output drop VXLAN', { skip }, async (t) => {
  const setup = await setUp(t);
  const { stand, daemon, recording } = setup;
  nft(stand, 'add rule inet filter output udp dport 4789 counter drop');
  const sender = new Sender(stand.client);
  await sender.send('veth1', datagrams(stand, 'judged'));
  // Not those of what the host sends: it answers some of the datagrams with errors.
  const skipped = (status: Status): number | undefined =>
    laneOf(status, 'ingress').sessions[0]?.skipped.permission?.packets;
  await daemon.until('skips as permission', (status) => skipped(status) === FRAMES);
  t.equal(arrived(recording, 'judged'), 0, 'none arrives');

  const page = readFileSync(fromRoot('docs/semantics.md'), 'utf8');
  const [, commands = ''] = /^```sh exempt\n(.*?)^```$/ms.exec(page) ?? [];
  t.match(commands, /^nft /, 'the commands of the page');
  stand.host.run('sh', '-eu', '-c', commands);
  await sender.send('veth1', datagrams(stand, 'exempt'));
  await arrival(setup, 'exempt', FRAMES);
  t.equal(arrived(recording, 'exempt'), FRAMES, 'all arrive');
  const after = await daemon.until('the counts', (status) => sessionSum(status, 'mirrored') >= FRAMES);
  t.equal(skipped(after), FRAMES, 'none is skipped any more');

  const forged = 'require("dgram").createSocket("udp4").send("x", 4789, "10.9.0.2", () => process.exit())';
  const droppedBefore = dropped(stand, 'output');
  stand.host.run(process.execPath, '-e', forged);
  t.equal(dropped(stand, 'output'), droppedBefore + 1, 'and nobody else is exempt');
  await end(t, setup);
});
