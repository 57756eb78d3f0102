/** Counts by VNI and sender. */
import t from 'tap';
import { REJECT } from '../../src/receive/reject-reason.js';
import { MAXIMUM_SENDERS, MAXIMUM_VNIS, Tally } from '../../src/receive/tally.js';

/** An address as words in memory order. */
function words(bytes: readonly number[]): Int32Array {
  return new Int32Array(Uint8Array.from(bytes).buffer);
}

function ipv4(...address: number[]): Int32Array {
  return words([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...address]);
}

const IPV6 = words([0xfd, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);

t.test('by VNI, sender and protocol, and as sums', async (t) => {
  const tally = new Tally(new Map([[42, ['tms-web', 'tms-all']]]), 1);
  tally.take(0, 42, ipv4(10, 9, 0, 1), 100);
  tally.take(0, 42, ipv4(10, 9, 0, 1), 50);
  tally.take(1, 42, ipv4(10, 9, 0, 1), 60);
  tally.take(0, 7, IPV6, 14);
  tally.reject(REJECT.flags);
  tally.reject(REJECT.flags);
  tally.reject(REJECT.short);
  tally.leaveOut();
  t.same(tally.counts(), {
    datagrams: 8,
    received: { packets: 4, bytes: 224 },
    unwanted: 1,
    rejected: { short: 1, flags: 2 },
    vnis: [
      {
        vni: 7,
        sessions: [],
        packets: 1,
        bytes: 14,
        senders: [{ address: 'fd00:9::2', protocol: 'vxlan', packets: 1, bytes: 14 }],
        otherSenders: { packets: 0, bytes: 0 },
      },
      {
        vni: 42,
        sessions: ['tms-web', 'tms-all'],
        packets: 3,
        bytes: 210,
        senders: [
          { address: '10.9.0.1', protocol: 'vxlan', packets: 2, bytes: 150 },
          { address: '10.9.0.1', protocol: 'geneve', packets: 1, bytes: 60 },
        ],
        otherSenders: { packets: 0, bytes: 0 },
      },
    ],
    otherVnis: { packets: 0, bytes: 0 },
  });
});

t.test('a session that nothing came of is not told', async (t) => {
  t.same(new Tally(new Map([[1, ['tms']]]), 1).counts().vnis, []);
});

t.test('strangers with many addresses: the sums stay exact, and the VNI its own', async (t) => {
  const tally = new Tally(new Map(), 1);
  const many = MAXIMUM_SENDERS + 1000;
  for (let sender = 0; sender < many; sender++)
    tally.take(0, 42, ipv4(10, 0, sender >> 8, sender & 0xff), 20);
  const [vni] = tally.counts().vnis;
  t.equal(vni?.packets, many);
  t.equal(vni?.senders.length, MAXIMUM_SENDERS);
  t.same(vni?.otherSenders, { packets: 1000, bytes: 20_000 });
});

t.test('strangers with many VNIs do not take the rows of sessions', async (t) => {
  const tally = new Tally(new Map([[0xffffff, ['tms-web']]]), 1);
  const many = MAXIMUM_VNIS + 500;
  for (let vni = 0; vni < many; vni++) tally.take(0, vni, IPV6, 20);
  tally.take(0, 0xffffff, IPV6, 100);
  const { vnis, otherVnis, received } = tally.counts();
  t.equal(vnis.length, MAXIMUM_VNIS + 1);
  t.match(vnis.at(-1), { vni: 0xffffff, sessions: ['tms-web'], packets: 1, bytes: 100 });
  t.same(otherVnis, { packets: 500, bytes: 10_000 });
  t.equal(received.packets, many + 1);
});
