/** `peek` against a server of its own in this process: forms, counts, ends and errors. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import t, { type Test } from 'tap';
import { CopyCapture, CopyLines } from '../../src/cli/copy-formats.js';
import { MergeCopies } from '../../src/cli/merge-copies.js';
import { type CopyReceiver, PeekHub } from '../../src/daemon/peek-hub.js';
import { PeekServer } from '../../src/daemon/peek-server.js';
import {
  BEGIN_LENGTH,
  COPY_BYTES,
  copyRecordLength,
  emitCopyFields,
  emitLeftOut,
  LEFT_OUT_LENGTH,
  RECORD_BEGIN,
  RECORD_ORIGIN,
  startRecord,
  textRecord,
} from '../../src/peek/copy-records.js';
import type { PeekedCopy } from '../../src/peek/record-reader.js';
import { CaptureRecord, MemoryWindow } from '../../src/wire/capture-bytes.js';
import { readCapture } from '../../src/wire/read-capture.js';
import { tsharkFields } from '../fixtures/frames/tshark.js';
import { COMMAND, environment, skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { ENGINE_OPTIONS, sourcePlan } from '../fixtures/plans/builders.js';

const SYN = Buffer.from(
  '020000000001020000000002080045000028000100004006' +
    '00000a0100020a0100019c4000500000000100000000500200' +
    '0000000000',
  'hex',
);
const LINE = 'IP 10.1.0.2.40000 > 10.1.0.1.80: Flags [S], seq 1, win 0, length 0';

const COPY: PeekedCopy = {
  origin: { sourceId: 'eni-1', device: 'veth0', direction: 'ingress', sessionId: 'tms-1', rule: 's1r10' },
  seconds: 1_700_000_000,
  nanoseconds: 123_456_789,
  wireLength: SYN.length,
  copyLength: SYN.length,
  bytes: SYN,
};

t.test('a line', async (t) => {
  const lines = new CopyLines();
  t.equal(lines.start(), '');
  const time = new Date(COPY.seconds * 1000).toTimeString().slice(0, 8);
  t.equal(lines.copy(COPY), `${time}.123456 ingress tms-1 s1r10 ${LINE}\n`);
  t.equal(
    lines.copy({ ...COPY, wireLength: 1514, origin: { ...COPY.origin, direction: 'egress' } }),
    `${time}.123456 egress  tms-1 s1r10 ${LINE} [54 of 1514 bytes]\n`,
  );
  const evil = { ...COPY.origin, sessionId: 'a\x1b[2J', rule: 'b\nc' };
  t.match(lines.copy({ ...COPY, origin: evil }), /^\P{Cc}*\n$/u);
});

t.test('pcapng: an interface per source and direction, in the order in which they come', async (t) => {
  const capture = new CopyCapture('traffic-mirror 1', 262144);
  const egress = { ...COPY.origin, direction: 'egress' } as const;
  const file = Buffer.concat([
    capture.start(),
    capture.copy(COPY),
    capture.copy({ ...COPY, origin: egress, bytes: SYN.subarray(0, 20), wireLength: 1514 }),
    capture.copy(COPY),
  ]);
  const reader = readCapture(new MemoryWindow(file));
  const record = new CaptureRecord();
  const seen: unknown[] = [];
  while (reader.next(record)) {
    const { seconds, nanoseconds, capturedLength, wireLength } = record;
    seen.push([seconds, nanoseconds, capturedLength, wireLength]);
  }
  const whole = [1_700_000_000, 123_456_789, 54, 54];
  t.strictSame(seen, [whole, [1_700_000_000, 123_456_789, 20, 1514], whole]);
});

t.test('copies are put in order, each held for a moment', async (t) => {
  const at = (nanoseconds: number): PeekedCopy => ({ ...COPY, nanoseconds });
  const merge = new MergeCopies();
  const due = (now: number): number[] => merge.due(now).map(({ nanoseconds }) => nanoseconds);
  merge.add(at(5), 0);
  merge.add(at(3), 10);
  t.strictSame(due(50), []);
  merge.add(at(4), 60);
  merge.add(at(9), 60);
  t.strictSame(due(105), [3, 4, 5], 'with those of before');
  t.strictSame(due(105), []);
  t.strictSame(due(200), [9]);
  merge.add(at(1), 210);
  merge.add({ ...at(0), seconds: 1 }, 210);
  t.strictSame(
    merge.all().map(({ seconds }) => seconds),
    [1, 1_700_000_000],
  );
});

t.test('a flood is not held', async (t) => {
  const merge = new MergeCopies();
  const large = { ...COPY, bytes: new Uint8Array(1 << 20) };
  for (let count = 0; count < 20; count++) merge.add(large, 0);
  t.equal(merge.due(1).length, 20);
});

t.test('usage', { skip: skipWithoutBuild }, async (t) => {
  const rows: [args: string[], exitCode: number, complaint: RegExp][] = [
    [['--count', '0'], 2, /^--count 0: not a whole number from 1 to/],
    [['--count', '1.5'], 2, /^--count 1\.5/],
    [['-s', '300000'], 2, /^--snapshot-length 300000: not a whole number from 1 to 262144/],
    [['--direction', 'up'], 2, /^--direction up: not one of ingress, egress/],
    [['--nonsense'], 2, /unknown option/],
  ];
  for (const [args, exitCode, complaint] of rows) {
    const outcome = trafficMirror('peek', ...args);
    t.equal(outcome.exitCode, exitCode, args.join(' '));
    t.match(outcome.stderr, complaint);
  }
});

interface Peeked {
  readonly directory: string;
  readonly config: string;
  readonly engine: CopyReceiver;
  readonly server: PeekServer;
  readonly hub: PeekHub;
}

async function serve(t: Test): Promise<Peeked> {
  const directory = mkdtempSync(join(tmpdir(), 'tm-peek-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const config = join(directory, 'config.yaml');
  writeFileSync(config, `state: { directory: ${directory} }\n`);
  const hub = new PeekHub({ count: () => 1, order: () => {} });
  const plan = { sources: [sourcePlan([{ id: 'tms-1' }])], engine: ENGINE_OPTIONS, healthChecks: [] };
  const options = {
    version: '1',
    libc: undefined,
    group: undefined,
    audit: { write: () => {}, limit: () => {} },
    log: pino({ level: 'silent' }),
  };
  const server = await PeekServer.start(directory, options, hub, () => plan);
  t.teardown(() => server.close());
  return { directory, config, engine: hub.openEngine(), server, hub };
}

interface Command {
  readonly child: ChildProcess;
  output: Buffer;
  errors: string;
  readonly ended: Promise<unknown[]>;
}

/** Starts `peek`, and waits until the daemon serves it, unless it is to fail. */
async function start(t: Test, { config, hub }: Peeked, ...args: string[]): Promise<Command> {
  const command = run(t, config, ...args);
  await waitFor(
    'a peek',
    () => hub.peekers.size,
    (size) => size > 0,
  );
  return command;
}

function run(t: Test, config: string, ...args: string[]): Command {
  const child = spawn(process.execPath, [COMMAND, 'peek', '-c', config, ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const command: Command = { child, output: Buffer.alloc(0), errors: '', ended: once(child, 'close') };
  child.stdout.on('data', (bytes: Buffer) => {
    command.output = Buffer.concat([command.output, bytes]);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    command.errors += text;
  });
  return command;
}

function begun(): Uint8Array {
  const begin = new Uint8Array(BEGIN_LENGTH);
  startRecord(begin, 0, BEGIN_LENGTH, RECORD_BEGIN);
  return Buffer.concat([begin, textRecord(RECORD_ORIGIN, 1, JSON.stringify(COPY.origin))]);
}

function copies(count: number, bytes: Uint8Array = SYN): Uint8Array {
  const records = Array.from({ length: count }, (_, index) => {
    const record = new Uint8Array(copyRecordLength(bytes.length));
    emitCopyFields(record, 0, 1, COPY.seconds, index, bytes.length, bytes.length, bytes.length);
    record.set(bytes, COPY_BYTES);
    return record;
  });
  return Buffer.concat(records);
}

function leftOut(count: number): Uint8Array {
  const record = new Uint8Array(LEFT_OUT_LENGTH);
  emitLeftOut(record, 0, 1, count);
  return record;
}

t.test('lines until ctrl-C, and a summary', { skip: skipWithoutBuild }, async (t) => {
  const peeked = await serve(t);
  const command = await start(t, peeked);
  peeked.engine.push(Buffer.concat([begun(), copies(3), leftOut(7)]));
  await waitFor(
    'three lines',
    () => command.output.toString().split('\n').length,
    (lines) => lines === 4,
  );
  command.child.kill('SIGINT');
  t.strictSame(await command.ended, [0, null]);
  for (const line of command.output.toString().trimEnd().split('\n')) t.match(line, LINE);
  t.match(command.errors, /^3 copies, 7 copies left out$/m);
});

t.test('--count', { skip: skipWithoutBuild }, async (t) => {
  const peeked = await serve(t);
  const command = await start(t, peeked, '--count', '2');
  peeked.engine.push(Buffer.concat([begun(), copies(5)]));
  t.strictSame(await command.ended, [0, null]);
  t.equal(command.output.toString().split('\n').length, 3);
  t.match(command.errors, /^2 copies, 0 copies left out$/m);
});

t.test('pcapng to a pipe and to a file', { skip: skipWithoutBuild || skipUnless('tshark') }, async (t) => {
  const peeked = await serve(t);
  const file = join(peeked.directory, 'out.pcapng');
  const pipe = await start(t, peeked, '-w', '-', '--count', '3');
  const toFile = run(t, peeked.config, '-w', file, '-s', '40');
  await waitFor(
    'two',
    () => peeked.hub.peekers.size,
    (size) => size === 2,
  );
  peeked.engine.push(Buffer.concat([begun(), copies(3)]));
  t.strictSame(await pipe.ended, [0, null]);
  await waitFor(
    'three packets',
    () => (existsSync(file) ? readFileSync(file).length : 0),
    (size) => size > 3 * 72,
  );
  toFile.child.kill('SIGTERM');
  t.strictSame(await toFile.ended, [0, null]);
  const piped = join(peeked.directory, 'piped.pcapng');
  writeFileSync(piped, pipe.output);
  const names = [
    'frame.interface_name',
    'frame.time_epoch',
    'frame.cap_len',
    'frame.len',
    'frame.comment',
  ] as const;
  for (const [name, length] of [
    [piped, '54'],
    [file, '40'],
  ] as const) {
    const fields = tsharkFields(name, names).map((packet) => names.map((field) => packet[field].join()));
    const want = [0, 1, 2].map((index) => [
      ...['eni-1 ingress', `1700000000.00000000${index}`, length, '54'],
      'session tms-1, rule s1r10',
    ]);
    t.strictSame(fields, want, name);
  }
});

t.test('a reader that ends early ends it, without a word', { skip: skipWithoutBuild }, async (t) => {
  const peeked = await serve(t);
  const command = await start(t, peeked);
  command.child.stdout?.destroy();
  peeked.engine.push(Buffer.concat([begun(), copies(2)]));
  const more = setInterval(() => peeked.engine.push(copies(2)), 100);
  t.teardown(() => clearInterval(more));
  const [exitCode] = await command.ended;
  t.equal(exitCode, 0);
  t.notMatch(command.errors, /EPIPE|Error/);
});

t.test('the daemon stops', { skip: skipWithoutBuild }, async (t) => {
  const peeked = await serve(t);
  const file = join(peeked.directory, 'out.pcapng');
  const command = await start(t, peeked, '-w', file);
  peeked.engine.push(Buffer.concat([begun(), copies(2)]));
  await peeked.server.close();
  t.strictSame(await command.ended, [1, null]);
  t.match(
    command.errors,
    /^peeking at traffic-mirror 1, pid \d+\n2 copies, 0 copies left out\nthe daemon has stopped\n$/,
  );
  const reader = readCapture(new MemoryWindow(readFileSync(file)));
  const record = new CaptureRecord();
  t.strictSame([reader.next(record), reader.next(record), reader.next(record)], [true, true, false], 'whole');
});

t.test('what cannot be', { skip: skipWithoutBuild }, async (t) => {
  const peeked = await serve(t);
  const unknown = run(t, peeked.config, '--session', 'tms-9');
  t.strictSame(await unknown.ended, [1, null]);
  t.equal(unknown.errors, 'session tms-9: the running daemon has none of that id; it has tms-1\n');
  const place = run(t, peeked.config, '-w', join(peeked.directory, 'no/such/file'));
  t.strictSame(await place.ended, [1, null]);
  t.match(place.errors, /^-w .*no\/such\/file: ENOENT/m);
  await peeked.server.close();
  const gone = run(t, peeked.config);
  t.strictSame(await gone.ended, [1, null]);
  t.match(gone.errors, /^no daemon that can be peeked at answers on .*peek\.sock: .*ENOENT/);
});

t.test('who may not', { skip: skipWithoutBuild || (process.getuid?.() !== 0 && 'needs root') }, async (t) => {
  const peeked = await serve(t);
  chmodSync(peeked.directory, 0o755);
  chmodSync(peeked.config, 0o644);
  const child = spawn('setpriv', [
    ...['--reuid=65534', '--regid=65534', '--clear-groups'],
    ...[process.execPath, COMMAND, 'peek', '-c', peeked.config],
  ]);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  t.strictSame(await once(child, 'close'), [3, null]);
  t.match(
    errors,
    /^not permitted: .*peek\.sock is for the user of the daemon; state\.peekGroup names a group/,
  );
});
