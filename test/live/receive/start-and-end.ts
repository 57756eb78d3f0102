/** How `receive` starts, is asked, and ends: what keeps it from listening, signals, a terminal. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { COMMAND, environment } from '../../fixtures/live/daemon/command.js';
import { Receiving } from '../../fixtures/live/daemon/receiving.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { addVxlanDevice } from '../../fixtures/live/network/vxlan-device.js';
import { tsharkCapture } from '../../fixtures/live/oracle/tshark-capture.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { datagramsTo, numbered, vxlanOf } from '../../fixtures/live/traffic/datagrams.js';
import { Sender } from '../../fixtures/live/traffic/sender.js';

const skip = skipUnless('tshark', 'setpriv', 'script');
/** Root without any capability. */
const POWERLESS = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all'];

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  t.test(`${signal}: what was received is in the file`, { skip }, async (t) => {
    const stand = buildStand(t);
    const file = `${stand.directory}/received.pcapng`;
    const receiving = await Receiving.start(stand.ids, { args: ['-w', file] });
    const datagram = datagramsTo(stand);
    const count = 500;
    const frames = Array.from({ length: count }, (_, index) => datagram(vxlanOf(1, numbered(index))));
    await new Sender(stand.host).send('mir0', frames);
    // No look before: what waits at the socket belongs to it too.
    const { exitCode, report } = await receiving.end(signal);
    t.equal(exitCode, 0);
    t.same(receiving.complaints, []);
    t.equal(receiving.reports.length, 1);
    t.match(report, { datagrams: count, written: { packets: count, pending: 0, files: 1 } });
    t.equal(tsharkCapture(file).frames.length, count);
  });
}

t.test('counts: on SIGUSR1, at each interval, at the end', { skip }, async (t) => {
  const stand = buildStand(t);
  const asked = await Receiving.start(stand.ids, { args: [] });
  t.match(await asked.report(), { datagrams: 0, rxDropped: 0, vnis: [] });
  await asked.report();
  t.equal((await asked.end()).exitCode, 0);
  t.equal(asked.reports.length, 3);
  const each = await Receiving.start(stand.ids, { args: ['--interval', '1', '--count', '1'] });
  while (each.reports.length < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  await new Sender(stand.host).send('mir0', [datagramsTo(stand)(vxlanOf(1, numbered(1)))]);
  t.equal(await each.ended, 0);
  t.match(each.reports.at(-1), { datagrams: 1, received: { packets: 1, bytes: 60 } });
});

t.test('a port that is taken', { skip }, async (t) => {
  const stand = buildStand(t);
  addVxlanDevice(stand.ids, 7, '10.9.0.2');
  await t.rejects(Receiving.start(stand.ids, { args: [] }), {
    message:
      /^--listen 0\.0\.0\.0:4789: in use, by another receiver or a vxlan or geneve device of the kernel/,
  });
  const other = await Receiving.start(stand.ids, { args: ['--protocol', 'geneve'] });
  t.equal((await other.end()).exitCode, 0);
});

t.test('addresses that cannot be listened on', { skip }, async (t) => {
  const stand = buildStand(t);
  const rows = [
    { listen: '10.7.7.7', says: /^--listen 10\.7\.7\.7:4789: this host does not have the address$/m },
    { listen: 'fe80::1%nowhere', says: /^--listen \[fe80::1%nowhere\]:4789: there is no such device$/m },
  ];
  for (const { listen, says } of rows) {
    await t.rejects(Receiving.start(stand.ids, { args: ['--listen', listen] }), { message: says }, listen);
  }
});

t.test('without privileges', { skip }, async (t) => {
  const stand = buildStand(t);
  const plain = await Receiving.start(stand.ids, { args: [], wrapper: POWERLESS });
  const sender = new Sender(stand.host);
  await sender.send('mir0', [datagramsTo(stand)(vxlanOf(1, numbered(1)))]);
  await plain.until('the frame', ({ received }) => received.packets === 1);
  t.equal((await plain.end()).exitCode, 0);
  t.match(plain.complaints, [
    /^warning: the kernel gave \d+ KiB of 65536 KiB .* sysctl net\.core\.rmem_max=33554432/,
  ]);
  const refused = [...POWERLESS, process.execPath, COMMAND, 'receive', '--tap', 'mirror0'];
  const { exitCode, text } = runIn(stand.ids.name, refused);
  t.equal(exitCode, 3);
  t.match(
    text,
    /^not permitted: --tap mirror0 needs the capability CAP_NET_ADMIN, and to open \/dev\/net\/tun; run as root$/m,
  );
});

t.test('no pcapng to a terminal', { skip }, async (t) => {
  const stand = buildStand(t);
  const command = `${process.execPath} ${COMMAND} receive -w -`;
  const { exitCode, text } = runIn(stand.ids.name, [
    'script',
    '--quiet',
    '--return',
    '--command',
    command,
    '/dev/null',
  ]);
  t.equal(exitCode, 2);
  t.match(text, /-w -: standard output is a terminal, which shows no pcapng; put it into a file or a pipe/);
});

function runIn(namespace: string, command: readonly string[]): { exitCode: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', namespace, ...command], {
    encoding: 'utf8',
    env: environment,
    timeout: 30_000,
  });
  return { exitCode: status, text: `${stdout}${stderr}` };
}
