/** `receive` takes what the daemon sends: whole frames in order, under their session, also from fragments and over IPv6. */
import t, { type Test } from 'tap';
import { DIRECTIONS, ENCAPSULATION_OPTIONS } from '../../../src/plan/mirror-plan.js';
import { ipv4 } from '../../fixtures/frames/ip.js';
import { frame, payload } from '../../fixtures/frames/layer.js';
import { ethernet } from '../../fixtures/frames/link.js';
import { udp } from '../../fixtures/frames/transport.js';
import { readSum, sessionSum } from '../../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../../fixtures/live/daemon/configurations.js';
import { Receiving } from '../../fixtures/live/daemon/receiving.js';
import { buildStand, planOf, type StandOptions } from '../../fixtures/live/daemon/stand.js';
import { Ledger } from '../../fixtures/live/oracle/ledger.js';
import type { SentFrame } from '../../fixtures/live/oracle/mirrored-frames.js';
import { dueOf } from '../../fixtures/live/oracle/oracle.js';
import { tsharkCapture } from '../../fixtures/live/oracle/tshark-capture.js';
import { ENGINES, skipUnless } from '../../fixtures/live/requirements.js';
import { numbered } from '../../fixtures/live/traffic/datagrams.js';
import { frameMix } from '../../fixtures/live/traffic/frame-mix.js';
import { Sender } from '../../fixtures/live/traffic/sender.js';

const VNI = 42;
const LONGEST = 9014;

interface Case {
  readonly target: string;
  readonly listen: readonly string[];
  readonly stand: StandOptions;
  readonly engine: object;
  readonly sent: readonly SentFrame[];
  /** Of the target; absent: VXLAN. */
  readonly encapsulated?: object;
}

async function receiveCopies(t: Test, of: Case): Promise<void> {
  const { target, listen, stand: options, engine, sent, encapsulated = {} } = of;
  const stand = buildStand(t, options);
  const configFile = stand.configure({
    ...mirrorEverything('veth0', VNI, target),
    trafficMirrorTargets: [
      { trafficMirrorTargetId: 'tmt', networkInterfaceId: 'eni-target', ...encapsulated },
    ],
    engine,
  });
  const [source] = (await planOf(configFile)).sources;
  const file = `${stand.directory}/received.pcapng`;
  const receiving = await Receiving.start(stand.ids, {
    args: [...listen, '--config', configFile, '-w', file],
  });
  const daemon = await stand.start(configFile);
  const inClient = new Sender(stand.client);
  const inHost = new Sender(stand.host);
  const framesOf = (direction: SentFrame['direction']): Uint8Array[] =>
    sent.filter((one) => one.direction === direction).map(({ bytes }) => bytes);
  const due = sent.filter(({ direction, bytes }) => typeof dueOf(source!, direction, bytes) !== 'string');
  await Promise.all([inClient.send('veth1', framesOf('ingress')), inHost.send('veth0', framesOf('egress'))]);
  const status = await daemon.until('mirrored', (now) => sessionSum(now, 'mirrored') >= due.length);
  t.ok(readSum(status) >= due.length);
  await receiving.until('all of it', ({ received }) => received.packets >= due.length);
  const { exitCode, report } = await receiving.end();
  t.equal(await daemon.stop(), 0, 'exit code of the daemon');
  t.equal(exitCode, 0, 'exit code');
  t.same(receiving.complaints, []);

  t.match(report, {
    datagrams: due.length,
    rxDropped: 0,
    unwanted: 0,
    written: { packets: due.length, pending: 0 },
  });
  const from = target.includes(':') ? 'fd00:9::1' : '10.9.0.1';
  t.match(report.vnis, [
    {
      vni: VNI,
      sessions: ['tms-everything'],
      packets: due.length,
      senders: [{ address: from, packets: due.length }],
    },
  ]);
  const captured = tsharkCapture(file);
  const ledger = new Ledger();
  for (const { bytes, direction, name } of due)
    ledger.expect(Buffer.from(bytes).toString('hex'), `${direction} ${name}`);
  for (const { bytes } of captured.frames) ledger.arrive(bytes.toString('hex'), bytes.toString('hex'));
  ledger.check(t, 'frames that tshark reads');
  t.same([...new Set(captured.interfaces)], ['tms-everything']);
  for (const direction of DIRECTIONS) {
    const order = due.filter((one) => one.direction === direction).map(({ bytes }) => Buffer.from(bytes));
    const found = captured.frames.reduce(
      (next, { bytes }) => (order[next]?.equals(bytes) === true ? next + 1 : next),
      0,
    );
    t.equal(found, order.length, `${direction}: in the order in which they were sent`);
  }
  const now = Date.now() / 1000;
  t.ok(
    captured.times.every((time) => time > now - 120 && time <= now),
    'received in the last two minutes',
  );
}

function mixBothWays(): SentFrame[] {
  return DIRECTIONS.flatMap((direction, seed) =>
    frameMix({ seed: 50 + seed, count: 50 }).map((bytes, index) => ({
      direction,
      bytes,
      name: `frame ${index}`,
    })),
  );
}

/** Of one flow, in lengths that make no fragment, several, and most. */
function longFrames(): SentFrame[] {
  return DIRECTIONS.flatMap((direction, way) =>
    [60, 1400, 1464, 1465, 3000, 8999, LONGEST].map((length, index) => ({
      direction,
      bytes: frame(ethernet(), ipv4(), udp(), payload(numbered(100 * way + index, length - 42))),
      name: `${length} bytes`,
    })),
  );
}

const skip = skipUnless('tshark');
const ring = ENGINES.ring;

t.test('every kind of frame', { skip }, (t) =>
  receiveCopies(t, { target: '10.9.0.2', listen: [], stand: {}, engine: ring, sent: mixBothWays() }),
);
const encapsulated = { encapsulation: 'geneve', encapsulationOptions: ENCAPSULATION_OPTIONS };

t.test('every kind of frame, in GENEVE', { skip }, (t) =>
  receiveCopies(t, {
    target: '10.9.0.2',
    listen: [],
    stand: {},
    engine: ring,
    sent: mixBothWays(),
    encapsulated,
  }),
);
for (const target of ['10.9.0.2', 'fd00:9::2']) {
  t.test(`GENEVE in fragments, to ${target}`, { skip }, (t) =>
    receiveCopies(t, {
      target,
      listen: ['--listen', '0.0.0.0', '--listen', '::'],
      stand: { sourceMtu: 9000, targetMtu: 1500, ipv6Target: true },
      engine: { ...ring, oversize: 'fragment' },
      sent: longFrames(),
      encapsulated,
    }),
  );
}
t.test('over IPv6', { skip }, (t) =>
  receiveCopies(t, {
    target: 'fd00:9::2',
    listen: ['--listen', '::'],
    stand: { ipv6Target: true },
    engine: ring,
    sent: mixBothWays(),
  }),
);
t.test('IPv4 on an IPv6 socket', { skip }, (t) =>
  receiveCopies(t, {
    target: '10.9.0.2',
    listen: ['--listen', '[::]:4789'],
    stand: { ipv6Target: true },
    engine: ring,
    sent: longFrames().slice(0, 3),
  }),
);
for (const target of ['10.9.0.2', 'fd00:9::2']) {
  t.test(`in fragments, to ${target}`, { skip }, (t) =>
    receiveCopies(t, {
      target,
      listen: ['--listen', '0.0.0.0', '--listen', '::'],
      stand: { sourceMtu: 9000, targetMtu: 1500, ipv6Target: true },
      engine: { ...ring, oversize: 'fragment' },
      sent: longFrames(),
    }),
  );
}
