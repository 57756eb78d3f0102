/** What becomes of one frame: docs/semantics.md, "How much of a frame", "Above the path MTU", "Counters". */
import t from 'tap';
import type { SessionCounts } from '../../src/counters/snapshot.js';
import type { SessionPlan } from '../../src/plan/mirror-plan.js';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { arp, ethernet, lengthAndLlc } from '../fixtures/frames/link.js';
import { tcp, udp } from '../fixtures/frames/transport.js';
import { frameOf, mirroringOf } from '../fixtures/mirror/mirroring.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

/** 14 + 20 + 8 + 58 = 100 bytes. */
const FRAME = frame(ethernet(), ipv4(), udp(), payload(58));

const accept = [{ rules: [{}] }];

/** The plan with one thing of its first session changed. */
function planWith(change: Partial<SessionPlan>) {
  const plan = sourcePlan(accept);
  return { ...plan, sessions: [{ ...plan.sessions[0]!, ...change }] };
}

t.test('every verdict has its counter', async (t) => {
  const plan = sourcePlan(
    [
      { rules: [{ protocol: 17, toPorts: '53' }] },
      { rules: [{ protocol: 6, reject: true }, { protocol: 17 }] },
    ],
    { unmirrored: ['arp', 'ntp'] },
  );
  const dns = frame(ethernet(), ipv4(), udp());
  const syslog = frame(ethernet(), ipv4(), udp({ destinationPort: 514 }));
  const rows = [
    { name: 'the first session', input: dns, want: { sessions: [1, 0] } },
    { name: 'the second session', input: syslog, want: { sessions: [0, 1] } },
    { name: 'no session', input: frame(ethernet(), ipv4(), tcp()), want: { unmatched: 1 } },
    { name: 'not IP', input: frame(lengthAndLlc(), payload(40)), want: { unmatched: 1 } },
    { name: 'ARP', input: frame(ethernet(), arp()), want: { unmirrored: { arp: 1 } } },
    {
      name: 'NTP',
      input: frame(ethernet(), ipv4(), udp({ destinationPort: 123 })),
      want: { unmirrored: { ntp: 1 } },
    },
    { name: 'cut in the IP header', input: dns.slice(0, 33), want: { unparsable: 1 } },
    { name: 'no byte at all', input: new Uint8Array(0), want: { unparsable: 1 } },
  ];
  for (const { name, input, want } of rows) {
    const { mirror, counts } = mirroringOf(plan);
    mirror.consume(frameOf(input));
    const { read, unmatched, unparsable, unmirrored, sessions } = counts();
    const got = {
      unmatched,
      unparsable,
      unmirrored,
      sessions: sessions.map(({ matched }) => matched.packets),
    };
    t.same(got, { unmatched: 0, unparsable: 0, unmirrored: {}, sessions: [0, 0], ...want }, name);
    t.same(read, { packets: 1, bytes: input.length }, `${name}: read`);
  }
});

t.test('how much of a frame is sent', async (t) => {
  const rows: readonly {
    name: string;
    packetLength?: number;
    room?: number;
    wireLength?: number;
    want: [sent: number, notes: Partial<Pick<SessionCounts, 'truncated' | 'cut'>>];
  }[] = [
    { name: 'all of it', want: [100, {}] },
    { name: 'PacketLength 1', packetLength: 1, want: [1, { truncated: 1 }] },
    { name: 'PacketLength below its length', packetLength: 99, want: [99, { truncated: 1 }] },
    { name: 'PacketLength as long as the frame', packetLength: 100, want: [100, {}] },
    { name: 'PacketLength above its length', packetLength: 101, want: [100, {}] },
    { name: 'the largest PacketLength', packetLength: 65535, want: [100, {}] },
    { name: 'room for one byte less', room: 99, want: [99, { cut: 1 }] },
    { name: 'just enough room', room: 100, want: [100, {}] },
    { name: 'no room', room: 0, want: [0, { cut: 1 }] },
    { name: 'PacketLength fits the room', packetLength: 50, room: 60, want: [50, { truncated: 1 }] },
    { name: 'PacketLength above the room', packetLength: 70, room: 60, want: [60, { truncated: 1, cut: 1 }] },
    {
      name: 'captured short, PacketLength between what came and what was',
      packetLength: 120,
      wireLength: 1500,
      want: [100, { truncated: 1 }],
    },
    { name: 'captured short, whole frames wanted', wireLength: 1500, want: [100, {}] },
  ];
  for (const { name, packetLength, room, wireLength = FRAME.length, want } of rows) {
    const [length, notes] = want;
    const { mirror, sinks, counts } = mirroringOf(
      planWith(packetLength === undefined ? {} : { packetLength }),
      {
        ...(room !== undefined && { maximumInnerLength: room }),
      },
    );
    mirror.consume(frameOf(FRAME, wireLength));
    t.same(sinks.get('10.9.0.2')?.sent[0]?.inner, FRAME.subarray(0, length), name);
    const [session] = counts().sessions;
    t.same(
      { truncated: session?.truncated, cut: session?.cut },
      { truncated: 0, cut: 0, ...notes },
      `${name}: notes`,
    );
    t.same(session?.matched, { packets: 1, bytes: wireLength }, `${name}: matched`);
    t.same(session?.mirrored, { packets: 1, bytes: wireLength }, `${name}: bytes are those of the wire`);
  }
});

t.test('the room of now counts, not that of the start', async (t) => {
  const { mirror, sinks } = mirroringOf(sourcePlan(accept), { maximumInnerLength: 100 });
  const sink = sinks.get('10.9.0.2')!;
  mirror.consume(frameOf(FRAME));
  sink.maximumInnerLength = 40;
  mirror.consume(frameOf(FRAME));
  t.same(
    sink.sent.map(({ inner }) => inner.length),
    [100, 40],
  );
});

t.test('sinks', async (t) => {
  const plan = sourcePlan([{ rules: [{ protocol: 17 }] }, { rules: [{ protocol: 6 }] }, { rules: [{}] }]);
  const addresses = [['10.9.0.2'], ['10.9.0.3'], ['10.9.0.2']];
  const sessions = plan.sessions.map((session, index) => ({
    ...session,
    targetAddresses: addresses[index]!,
  }));
  const { mirror, sinks } = mirroringOf({ ...plan, sessions });
  mirror.endBatch();
  t.same(
    [...sinks.values()].map(({ flushes }) => flushes),
    [1, 1],
    'each is flushed once a batch, however many sessions share it',
  );
});

t.test('a mirror without sessions reads, and copies nothing', async (t) => {
  const { mirror, counts } = mirroringOf(sourcePlan([]));
  mirror.consume(frameOf(FRAME));
  mirror.endBatch();
  t.equal(counts().unmatched, 1);
});
