/** Copies of copies, and complaints about copies, are skipped as loops; all other VXLAN and ICMP is mirrored. */
import t from 'tap';
import { ipv4, ipv6 } from '../fixtures/frames/ip.js';
import { frame, type Layer, payload } from '../fixtures/frames/layer.js';
import { ethernet, vlan } from '../fixtures/frames/link.js';
import { icmp, icmpv6, tcp, udp } from '../fixtures/frames/transport.js';
import { frameOf, mirroringOf } from '../fixtures/mirror/mirroring.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

const TARGETS = ['10.9.0.2', 'fd00:9::2'];
const plain = sourcePlan([{ rules: [{}, { from: '::/0' }] }]);
const plan = {
  ...plain,
  sessions: plain.sessions.map((session) => ({ ...session, targetAddresses: TARGETS })),
};
const innermost = frame(ethernet(), ipv4(), tcp(), payload(20));

/** A frame inside VXLAN. @param over the outer link and IP layers. */
function wrapped(inner: Uint8Array, over: readonly Layer[] = [ipv4()], flags = 8): Uint8Array {
  const ports = udp({ sourcePort: 50000, destinationPort: 4789 });
  return frame(
    ethernet(),
    ...over,
    ports,
    payload(Uint8Array.of(flags, 0, 0, 0, 0, 0, 7, 0)),
    payload(inner),
  );
}

function nested(depth: number, over?: readonly Layer[]): Uint8Array {
  return depth === 0 ? innermost : wrapped(nested(depth - 1, over), over);
}

/** What an ICMP error quotes: a copy, from its IP header, as far as errors go. */
function copy(destination: string, ports = { sourcePort: 50000, destinationPort: 4789 }): Uint8Array {
  const ip = destination.includes(':')
    ? ipv6({ source: 'fd00:9::1', destination })
    : ipv4({ source: '10.9.0.1', destination });
  return frame(ethernet(), ip, udp(ports), payload(100)).subarray(14, 14 + 100);
}

/** mirrored, or the reason why not. */
function fateOf(bytes: Uint8Array, captured = bytes.length): string {
  const { mirror, counts } = mirroringOf(plan);
  const given = frameOf(bytes.subarray(0, captured), bytes.length);
  mirror.consume(given);
  const { matched, mirrored, skipped } = counts().sessions[0]!;
  const all = [...(mirrored.packets > 0 ? ['mirrored'] : []), ...Object.keys(skipped)];
  t.same([matched.packets, matched.bytes, all.length], [1, bytes.length, 1], 'matched, and one outcome');
  return all[0]!;
}

t.test('VXLAN in VXLAN', async (t) => {
  const ways = {
    'over IPv4': [ipv4()],
    'over IPv6': [ipv6()],
    'with tags': [vlan({ id: 1 }), vlan({ id: 2 }), ipv4()],
  };
  for (const [name, over] of Object.entries(ways)) {
    const fates = [1, 2, 3, 4, 10].map((depth) => fateOf(nested(depth, over)));
    t.same(fates, ['mirrored', 'mirrored', 'loop', 'loop', 'loop'], name);
  }
  t.equal(fateOf(nested(3), 208), 'loop', 'as much as a short PacketLength leaves of it');
  t.equal(fateOf(nested(3, [ipv6()]), 208), 'loop', 'over IPv6 too');
  t.equal(fateOf(nested(5), 142), 'mirrored', 'not more than is captured is counted');
  t.equal(
    fateOf(wrapped(wrapped(nested(1), undefined, 0))),
    'mirrored',
    'without a valid VNI it is something else',
  );
  t.equal(fateOf(wrapped(wrapped(new Uint8Array(0)))), 'mirrored', 'nothing inside');
  const other = frame(ethernet(), ipv4(), udp({ destinationPort: 4790 }), payload(nested(5)));
  t.equal(fateOf(other), 'mirrored', 'to another port');
  const overTcp = frame(ethernet(), ipv4(), tcp({ destinationPort: 4789 }), payload(nested(5)));
  t.equal(fateOf(overTcp), 'mirrored', 'TCP');
});

t.test('GENEVE, with options or without, and both in one another', async (t) => {
  const ports = udp({ sourcePort: 50000, destinationPort: 6081 });
  const bare = payload(Uint8Array.of(0, 0, 0x65, 0x58, 0, 0, 7, 0));
  const telling = payload(Uint8Array.of(2, 0, 0x65, 0x58, 0, 0, 7, 0, 0xff, 1, 2, 1, 0, 0, 0, 0));
  const inGeneve = (inner: Uint8Array, header = bare): Uint8Array =>
    frame(ethernet(), ipv4(), ports, header, payload(inner));
  t.equal(fateOf(inGeneve(inGeneve(innermost))), 'mirrored');
  t.equal(fateOf(inGeneve(inGeneve(inGeneve(innermost)))), 'loop');
  const deep = inGeneve(inGeneve(inGeneve(innermost, telling), telling), telling);
  t.equal(fateOf(deep), 'loop', 'behind options');
  t.equal(fateOf(deep, 2 * 58 + 43), 'loop', 'as much of it as tells');
  t.equal(fateOf(deep, 2 * 58 + 42), 'mirrored', 'and less');
  t.equal(fateOf(wrapped(inGeneve(wrapped(innermost)))), 'loop', 'in VXLAN');
  t.equal(fateOf(inGeneve(wrapped(innermost))), 'mirrored');
  const control = payload(Uint8Array.of(0, 0x80, 0x65, 0x58, 0, 0, 7, 0));
  t.equal(fateOf(inGeneve(inGeneve(inGeneve(innermost), control))), 'mirrored', 'a control packet');
});

t.test('errors about copies', async (t) => {
  const over4 = (quoted: Uint8Array, type = 3) =>
    frame(ethernet(), ipv4(), icmp({ type, code: 3 }), payload(quoted));
  const over6 = (quoted: Uint8Array, type = 1) =>
    frame(ethernet(), ipv6(), icmpv6({ type, code: 4 }), payload(quoted));
  const rows = [
    { name: 'port unreachable', input: over4(copy('10.9.0.2')), want: 'loop' },
    { name: 'time exceeded', input: over4(copy('10.9.0.2'), 11), want: 'loop' },
    { name: 'port unreachable over IPv6', input: over6(copy('fd00:9::2')), want: 'loop' },
    { name: 'packet too big', input: over6(copy('fd00:9::2'), 2), want: 'loop' },
    { name: 'no more than the ports quoted', input: over4(copy('10.9.0.2').subarray(0, 28)), want: 'loop' },
    {
      name: 'about a copy in GENEVE',
      input: over4(copy('10.9.0.2', { sourcePort: 50000, destinationPort: 6081 })),
      want: 'loop',
    },
    { name: 'an echo that holds a copy', input: over4(copy('10.9.0.2'), 8), want: 'mirrored' },
    { name: 'an ICMPv6 echo', input: over6(copy('fd00:9::2'), 128), want: 'mirrored' },
    { name: 'about a packet to another host', input: over4(copy('10.9.0.4')), want: 'mirrored' },
    { name: 'the same over IPv6', input: over6(copy('fd00:9::4')), want: 'mirrored' },
    {
      name: 'about another port',
      input: over4(copy('10.9.0.2', { sourcePort: 50000, destinationPort: 53 })),
      want: 'mirrored',
    },
    {
      name: 'about a packet that we would not send',
      input: over4(copy('10.9.0.2', { sourcePort: 4789, destinationPort: 4789 })),
      want: 'mirrored',
    },
    { name: 'a quote without ports', input: over4(copy('10.9.0.2').subarray(0, 23)), want: 'mirrored' },
    { name: 'no quote', input: over4(new Uint8Array(0)), want: 'mirrored' },
    { name: 'a quote that is no IP header', input: over4(new Uint8Array(40)), want: 'mirrored' },
  ];
  for (const { name, input, want } of rows) t.equal(fateOf(input), want, name);
});
