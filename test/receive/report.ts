/** The counts as lines of text. */
import t from 'tap';
import { formatReport, type ReceiveReport } from '../../src/receive/report.js';

const NOTHING = { packets: 0, bytes: 0 };

const EMPTY: ReceiveReport = {
  seconds: 0.25,
  datagrams: 0,
  received: NOTHING,
  unwanted: 0,
  rejected: {},
  rxDropped: 0,
  vnis: [],
  otherVnis: NOTHING,
};

t.test('nothing', async (t) => {
  t.same(formatReport(EMPTY), [
    '0.3 s: 0 datagrams = received 0 + unwanted 0 + rejected 0; dropped by the kernel 0',
  ]);
});

t.test('everything', async (t) => {
  const report: ReceiveReport = {
    ...EMPTY,
    seconds: 12,
    datagrams: 20,
    received: { packets: 15, bytes: 1500 },
    unwanted: 2,
    rejected: { flags: 1, short: 2 },
    rxDropped: 7,
    vnis: [
      {
        vni: 42,
        sessions: ['tms-web', 'tms-all'],
        packets: 12,
        bytes: 1200,
        senders: Array.from({ length: 11 }, (_, index) => ({
          address: `10.9.0.${index}`,
          protocol: 'vxlan' as const,
          packets: 1,
          bytes: 100,
        })),
        otherSenders: { packets: 1, bytes: 100 },
      },
      { vni: 7, sessions: [], packets: 2, bytes: 200, senders: [], otherSenders: NOTHING },
    ],
    otherVnis: { packets: 1, bytes: 100 },
    written: { name: 'out-00003.pcapng', packets: 14, files: 3, pending: 1 },
    device: { name: 'tap0', packets: 13, refused: 2 },
  };
  const lines = formatReport(report);
  t.equal(
    lines[0],
    '12.0 s: 20 datagrams = received 15 + unwanted 2 + rejected 3 (1 flags, 2 short); dropped by the kernel 7',
  );
  t.equal(lines[1], 'VNI 42 tms-web, tms-all: 12 frames, 1200 bytes');
  t.equal(lines[2], '  from 10.9.0.0 by vxlan: 1 frames, 100 bytes');
  t.same(lines.slice(12), [
    '  and 1 senders more; --json has all',
    '  from others: 1 frames, 100 bytes',
    'VNI 7: 2 frames, 200 bytes',
    'other VNIs: 1 frames, 100 bytes',
    'written 14 frames to 3 files up to out-00003.pcapng, 1 not',
    'shown 13 frames on tap0, refused 2',
  ]);
});

t.test('of many VNIs the busiest', async (t) => {
  const vnis = Array.from({ length: 60 }, (_, vni) => ({
    vni,
    sessions: [],
    packets: vni,
    bytes: 0,
    senders: [],
    otherSenders: NOTHING,
  }));
  const lines = formatReport({ ...EMPTY, vnis });
  t.match(lines[1], /^VNI 59: /);
  t.equal(lines.length, 52);
  t.equal(lines.at(-1), 'and 10 VNIs more; --json has all');
});
