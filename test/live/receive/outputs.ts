/** Where `receive` puts frames: numbered files, pipes, a TAP device, and what it does when they take no more. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, copyFileSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { COMMAND } from '../../fixtures/live/daemon/command.js';
import { Receiving } from '../../fixtures/live/daemon/receiving.js';
import { buildStand, type Stand } from '../../fixtures/live/daemon/stand.js';
import { Recording } from '../../fixtures/live/oracle/recording.js';
import { tsharkCapture } from '../../fixtures/live/oracle/tshark-capture.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { datagramsTo, numbered, vxlanOf } from '../../fixtures/live/traffic/datagrams.js';
import { Sender } from '../../fixtures/live/traffic/sender.js';
import { parsePcapng } from '../../fixtures/receive/pcapng.js';

const skip = skipUnless('tshark', 'tcpdump');
const LENGTH = 1400;

function framesOf(stand: Stand, count: number, length = LENGTH): Uint8Array[] {
  const datagram = datagramsTo(stand);
  return Array.from({ length: count }, (_, index) => datagram(vxlanOf(42, numbered(index, length))));
}

function numbersIn(file: string): number[] {
  return tsharkCapture(file).frames.map(({ bytes }) => bytes.readUInt32BE(14));
}

t.test('files by size: the last ones stay, each whole, and the next run goes on', { skip }, async (t) => {
  const stand = buildStand(t);
  const path = `${stand.directory}/out.pcapng`;
  const args = ['-w', path, '--rotate-megabytes', '1', '--rotate-count', '2'];
  const count = 2500;
  const files = (): string[] => readdirSync(stand.directory).filter((name) => name.startsWith('out'));
  const first = await Receiving.start(stand.ids, { args });
  await new Sender(stand.host).send('mir0', framesOf(stand, count));
  await first.until('all', ({ received }) => received.packets >= count);
  const { exitCode, report } = await first.end();
  t.equal(exitCode, 0);
  t.match(report.written, { packets: count, pending: 0, files: 4 });
  t.same(files(), ['out-00003.pcapng', 'out-00004.pcapng']);
  const kept = files().flatMap((name) => numbersIn(`${stand.directory}/${name}`));
  t.same(
    kept,
    Array.from({ length: kept.length }, (_, index) => count - kept.length + index),
    'the last ones',
  );
  t.ok(kept.length > 600);

  const second = await Receiving.start(stand.ids, { args });
  t.equal((await second.end('SIGTERM')).exitCode, 0);
  t.same(files(), ['out-00004.pcapng', 'out-00005.pcapng']);
  t.same(numbersIn(`${stand.directory}/out-00005.pcapng`), [], 'empty, and whole');
});

t.test('files by time', { skip }, async (t) => {
  const stand = buildStand(t);
  const path = `${stand.directory}/out.pcapng`;
  const receiving = await Receiving.start(stand.ids, { args: ['-w', path, '--rotate-seconds', '1'] });
  const sender = new Sender(stand.host);
  const frames = framesOf(stand, 3);
  const names = (): string[] => readdirSync(stand.directory).filter((name) => name.startsWith('out-'));
  for (const [index, frame] of frames.entries()) {
    await sender.send('mir0', [frame]);
    await receiving.until('another file', ({ written }) => written?.files === index + 1);
  }
  t.same(
    names(),
    ['out-00001.pcapng', 'out-00002.pcapng', 'out-00003.pcapng'],
    'none is begun without a frame',
  );
  t.equal((await receiving.end()).exitCode, 0);
  t.same(
    names().map((name) => numbersIn(`${stand.directory}/${name}`)),
    [[0], [1], [2]],
  );
});

t.test('standard output: into a pipe, until its reader goes', { skip }, async (t) => {
  const stand = buildStand(t);
  const receiving = await Receiving.start(stand.ids, { args: ['-w', '-'], stdout: 'pipe' });
  const chunks: Buffer[] = [];
  receiving.process.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
  const sender = new Sender(stand.host);
  await sender.send('mir0', framesOf(stand, 300));
  const report = await receiving.until('all', ({ written }) => (written?.packets ?? 0) >= 300);
  t.match(report, { written: { name: 'standard output' } });
  const packets = parsePcapng(Buffer.concat(chunks));
  t.same(
    packets.map(({ bytes }) => bytes.readUInt32BE(14)),
    Array.from({ length: 300 }, (_, index) => index),
  );
  receiving.process.stdout!.destroy();
  await sender.send('mir0', framesOf(stand, 1));
  t.equal(await receiving.ended, 0, 'without a reader it ends');
  t.same(
    receiving.complaints.filter((line) => !line.startsWith('{')),
    [],
    'quietly',
  );
});

t.test('standard output: into a file', { skip }, async (t) => {
  const stand = buildStand(t);
  const file = `${stand.directory}/redirected.pcapng`;
  const descriptor = openSync(file, 'w');
  const receiving = await Receiving.start(stand.ids, {
    args: ['-w', '-', '--count', '10'],
    stdout: descriptor,
  });
  closeSync(descriptor);
  await new Sender(stand.host).send('mir0', framesOf(stand, 10));
  t.equal(await receiving.ended, 0);
  t.equal(numbersIn(file).length, 10);
});

/** A named pipe with a reader, which reads nothing yet. */
function openPipe(t: Test, stand: Stand): { path: string; read: () => Buffer[] } {
  const path = `${stand.directory}/pipe`;
  execFileSync('mkfifo', [path]);
  const reader = new Socket({
    fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  });
  t.teardown(() => reader.destroy());
  const chunks: Buffer[] = [];
  const read = (): Buffer[] => {
    reader.on('data', (chunk) => chunks.push(chunk));
    return chunks;
  };
  return { path, read };
}

/** More than memory of the command and the socket hold together. */
const MANY = 2000;
const LONG = 8900;

t.test(
  'an output slower than the input: every datagram is written, or counted as dropped',
  { skip },
  async (t) => {
    const stand = buildStand(t);
    const { path, read } = openPipe(t, stand);
    const receiving = await Receiving.start(stand.ids, { args: ['-w', path, '--buffer-megabytes', '1'] });
    await new Sender(stand.host).send('mir0', framesOf(stand, MANY, LONG));
    await receiving.until('full', ({ rxDropped, datagrams }) => rxDropped > 0 && datagrams > 0);
    const chunks = read();
    const { datagrams, rxDropped } = await receiving.until(
      'all accounted for',
      (report) => report.datagrams + report.rxDropped >= MANY,
    );
    t.equal(datagrams + rxDropped, MANY);
    const { exitCode, report } = await receiving.end();
    t.equal(exitCode, 0);
    t.match(report, { datagrams, rxDropped, written: { packets: datagrams, pending: 0 } });
    const numbers = parsePcapng(Buffer.concat(chunks)).map(({ bytes }) => bytes.readUInt32BE(14));
    t.equal(numbers.length, datagrams);
    t.ok(
      numbers.every((number, index) => index === 0 || number > numbers[index - 1]!),
      'in order',
    );
  },
);

t.test('an output that takes nothing is given up at the end', { skip }, async (t) => {
  const stand = buildStand(t);
  const { path } = openPipe(t, stand);
  const receiving = await Receiving.start(stand.ids, { args: ['-w', path] });
  await new Sender(stand.host).send('mir0', framesOf(stand, 200, LONG));
  await receiving.until('all', ({ datagrams }) => datagrams === 200);
  const { exitCode, report } = await receiving.end();
  t.equal(exitCode, 1);
  t.match(receiving.complaints, [/\/pipe: takes no more; \d+ frames are not in it$/]);
  t.equal(report.written!.packets + report.written!.pending, 200);
});

t.test('a named pipe: it waits for a reader, until it is told to end', { skip }, async (t) => {
  const stand = buildStand(t);
  const path = `${stand.directory}/pipe`;
  execFileSync('mkfifo', [path]);
  const command = [process.execPath, COMMAND, 'receive', '-w', path];
  const child = stand.ids.spawn('timeout', ['--signal=INT', '2', ...command], { stdio: 'ignore' });
  const [code] = await once(child, 'close');
  // Of timeout: it had to tell it.
  t.equal(code, 124);
});

t.test('a disk that is full: one line, a whole file', { skip: skip || skipUnless('mount') }, async (t) => {
  const stand = buildStand(t);
  const folder = `${stand.directory}/full`;
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder]);
  t.teardown(() => execFileSync('umount', [folder]));
  for (const rotation of [[], ['--rotate-seconds', '1000']]) {
    const receiving = await Receiving.start(stand.ids, { args: ['-w', `${folder}/out.pcapng`, ...rotation] });
    await new Sender(stand.host).send('mir0', framesOf(stand, 1000));
    t.equal(await receiving.ended, 1);
    const name = rotation.length === 0 ? 'out.pcapng' : 'out-00001.pcapng';
    t.same(readdirSync(folder), [name]);
    t.equal(receiving.complaints.length, 1);
    t.match(receiving.complaints[0], /: cannot write: no space left on device; \d+ frames are not in it$/);
    // Where there is room for what tshark writes.
    copyFileSync(`${folder}/${name}`, `${stand.directory}/${name}`);
    const numbers = numbersIn(`${stand.directory}/${name}`);
    t.ok(numbers.length > 500);
    t.same(
      numbers,
      Array.from({ length: numbers.length }, (_, index) => index),
    );
    t.equal(receiving.reports.at(-1)?.written?.packets, numbers.length, 'the report says how many');
    execFileSync('rm', [`${folder}/${name}`]);
  }
});

t.test('a TAP device: tcpdump sees the frames as they are', { skip }, async (t) => {
  const stand = buildStand(t, { ipv6: true });
  const receiving = await Receiving.start(stand.ids, { args: ['--tap', 'mirror0'] });
  const recording = await Recording.start(stand.ids, 'mirror0', `${stand.directory}/tap.pcap`);
  const lengths = [14, 60, 1400, 8900];
  const datagram = datagramsTo(stand);
  await new Sender(stand.host).send(
    'mir0',
    lengths.map((length) =>
      datagram(vxlanOf(42, numbered(length, Math.max(18, length)).subarray(0, length))),
    ),
  );
  await recording.until('all', (frames) => frames.length >= lengths.length);
  await sleep(500);
  await recording.stop();
  t.same(
    recording.frames().map(({ bytes }) => bytes.length),
    lengths,
    'and nothing of its own: no neighbour discovery',
  );
  t.match(stand.ids.ip('-d', 'link', 'show', 'mirror0'), /NOARP.*\bUP\b[\s\S]*tun type tap/);
  const { exitCode, report } = await receiving.end();
  t.equal(exitCode, 0);
  t.match(report.device, { name: 'mirror0', packets: lengths.length, refused: 0 });
  t.throws(() => stand.ids.ip('link', 'show', 'mirror0'), 'it goes with the command');
});

t.test('a TAP device that is removed', { skip }, async (t) => {
  const stand = buildStand(t);
  const receiving = await Receiving.start(stand.ids, { args: ['--tap', 'mirror0'] });
  stand.ids.ip('link', 'del', 'mirror0');
  await new Sender(stand.host).send('mir0', framesOf(stand, 1));
  t.equal(await receiving.ended, 1);
  t.match(receiving.complaints, ['mirror0: the device was removed']);
});
