/**
 * docs/semantics.md, "The outer packet": one source port for both directions of a flow and every fragment of a
 * datagram.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { decode } from '../../src/decode/decode.js';
import { Decoded } from '../../src/decode/decoded.js';
import { flowHash, flowSourcePort } from '../../src/encapsulate/flow-hash.js';
import { answerTo, flowArbitrary, flowFrame } from '../fixtures/flows/flow.js';
import { extension, fragment, ipv4, ipv6 } from '../fixtures/frames/ip.js';
import { frame, type Layer, payload } from '../fixtures/frames/layer.js';
import { ethernet, vlan } from '../fixtures/frames/link.js';
import { icmp, icmpv6, sctp, tcp, udp } from '../fixtures/frames/transport.js';
import { chiSquare, chiSquareLimit, countInto } from '../fixtures/statistics/chi-square.js';

const TCP = 6;
const UDP = 17;
const FIRST_PORT = 49152;

/** Outer source port of a frame of these layers. */
function portOf(...layers: readonly Layer[]): number {
  const bytes = frame(ethernet(), ...layers);
  const decoded = new Decoded();
  decode(bytes, 0, bytes.length, decoded);
  return flowSourcePort(flowHash(decoded));
}

t.test('ports are those of RFC 7348 §5', async (t) => {
  const rows = [
    { name: 'no bit set', hash: 0, want: 49152 },
    { name: 'every bit set', hash: -1, want: 65535 },
    { name: 'the low 14 bits count', hash: 0x7fff_c001 | 0, want: 49153 },
    { name: 'a negative hash', hash: -(2 ** 31), want: 49152 },
  ];
  for (const { name, hash, want } of rows) t.equal(flowSourcePort(hash), want, name);
});

t.test('the same for both directions of any flow', async (t) => {
  const property = fc.property(flowArbitrary, (decoded) => {
    const hash = flowHash(decoded);
    assert.equal(hash, hash | 0, 'an int32');
    assert.equal(flowHash(answerTo(decoded)), hash);
    const port = flowSourcePort(hash);
    assert.ok(port >= FIRST_PORT && port <= 65535, `port ${port}`);
  });
  fc.assert(property, { numRuns: 50_000 });
  t.pass();
});

t.test('frames that get the same port', async (t) => {
  const there = { source: '10.0.0.1', destination: '192.168.7.9' };
  const back = { source: there.destination, destination: there.source };
  const there6 = { source: '2001:db8::1', destination: '2001:db8::2' };
  const back6 = { source: there6.destination, destination: there6.source };
  const ports = { sourcePort: 53000, destinationPort: 53 };
  const answerPorts = { sourcePort: 53, destinationPort: 53000 };
  const later = { fragmentOffset: 185, moreFragments: true };

  const rows: readonly { name: string; frames: readonly (readonly Layer[])[] }[] = [
    {
      name: 'both directions of UDP',
      frames: [
        [ipv4(there), udp(ports)],
        [ipv4(back), udp(answerPorts)],
      ],
    },
    {
      name: 'both directions of TCP over IPv6, one of them tagged',
      frames: [
        [ipv6(there6), tcp(ports)],
        [vlan(), ipv6(back6), tcp(answerPorts)],
      ],
    },
    {
      name: 'echo request and reply',
      frames: [
        [ipv4(there), icmp({ type: 8, identifier: 77 })],
        [ipv4(back), icmp({ type: 0, identifier: 77 })],
      ],
    },
    {
      name: 'echo request and reply over IPv6',
      frames: [
        [ipv6(there6), icmpv6({ type: 128, identifier: 77 })],
        [ipv6(back6), icmpv6({ type: 129, identifier: 77 })],
      ],
    },
    {
      name: 'every fragment of a datagram, whatever its ports, both ways',
      frames: [
        [ipv4({ ...there, moreFragments: true }), udp(ports), payload(1472)],
        [ipv4({ ...there, ...later, protocol: UDP }), payload(1480)],
        [ipv4({ ...there, fragmentOffset: 370, protocol: UDP }), payload(9)],
        [ipv4({ ...back, moreFragments: true }), udp(answerPorts)],
      ],
    },
    {
      name: 'every fragment over IPv6; only the first shows what follows the fragment header',
      frames: [
        [ipv6(there6), fragment({ more: true }), extension(60), udp(ports), payload(1400)],
        [ipv6(there6), fragment({ nextHeader: 60, offset: 181, more: true }), payload(1400)],
        [ipv6(there6), fragment({ nextHeader: 60, offset: 362 }), payload(3)],
      ],
    },
    {
      name: 'every fragment of an echo request',
      frames: [
        [ipv4({ ...there, moreFragments: true }), icmp({ type: 8, identifier: 77 }), payload(1400)],
        [ipv4({ ...there, fragmentOffset: 176, protocol: 1 }), payload(60)],
      ],
    },
    {
      name: 'a whole datagram and an atomic fragment',
      frames: [
        [ipv6(there6), udp(ports)],
        [ipv6(there6), fragment(), udp(ports)],
      ],
    },
    {
      name: 'other protocols have no ports here',
      frames: [
        [ipv4(there), sctp(ports)],
        [ipv4(back), sctp({ sourcePort: 1, destinationPort: 2 })],
      ],
    },
    {
      name: 'an ICMP error has no identifier',
      frames: [
        [ipv4(there), icmp({ type: 3, identifier: 1 })],
        [ipv4(there), icmp({ type: 11, identifier: 2 })],
      ],
    },
  ];
  for (const { name, frames } of rows) {
    t.equal(new Set(frames.map((layers) => portOf(...layers))).size, 1, name);
  }
});

t.test('frames that get different ports', async (t) => {
  const ends = { source: '10.0.0.1', destination: '10.0.0.2' };
  const base = portOf(ipv4(ends), udp({ sourcePort: 1000, destinationPort: 53 }));
  const rows: readonly { name: string; layers: readonly Layer[] }[] = [
    { name: 'another source port', layers: [ipv4(ends), udp({ sourcePort: 1001, destinationPort: 53 })] },
    {
      name: 'another destination port',
      layers: [ipv4(ends), udp({ sourcePort: 1000, destinationPort: 54 })],
    },
    { name: 'another protocol', layers: [ipv4(ends), tcp({ sourcePort: 1000, destinationPort: 53 })] },
    {
      name: 'another address',
      layers: [ipv4({ ...ends, source: '10.0.0.3' }), udp({ sourcePort: 1000, destinationPort: 53 })],
    },
    {
      name: 'ports that changed sides, addresses that did not',
      layers: [ipv4(ends), udp({ sourcePort: 53, destinationPort: 1000 })],
    },
    { name: 'a fragment', layers: [ipv4({ ...ends, moreFragments: true }), udp({ sourcePort: 1000 })] },
  ];
  for (const { name, layers } of rows) t.not(portOf(...layers), base, name);
  t.not(
    portOf(ipv4(ends), icmp({ type: 8, identifier: 1 })),
    portOf(ipv4(ends), icmp({ type: 8, identifier: 2 })),
    'another echo identifier',
  );
});

t.test('ports spread evenly over flows as they occur', async (t) => {
  const flows = 1 << 16;
  const buckets = 256;
  const server = { address: [0x0a000001], port: 443 };
  const server6 = { address: [0x20010db8, 0, 0, 1], port: 443 };
  const samples: Record<string, (index: number) => Decoded> = {
    'one client, its ports in turn': (index) =>
      flowFrame(TCP, { address: [0x0a000102], port: index }, server),
    'clients in turn, one port': (index) =>
      flowFrame(UDP, { address: [0xc0a80000 + index], port: 5000 }, server),
    'clients of many networks': (index) => flowFrame(TCP, { address: [index << 16], port: 40000 }, server),
    'IPv6 clients in turn': (index) =>
      flowFrame(TCP, { address: [0x20010db8, 0, 0, 256 + index], port: 40000 }, server6),
    'IPv6 networks in turn': (index) =>
      flowFrame(TCP, { address: [0x20010db8, index << 16, 0, 7], port: 40000 }, server6),
    'pairs of neighbours, without ports': (index) =>
      flowFrame(50, { address: [0x0a000000 + index], port: 0 }, { address: [0x0a000001 + index], port: 0 }),
  };
  for (const [name, flowAt] of Object.entries(samples)) {
    const offsets = Array.from(
      { length: flows },
      (_, index) => flowSourcePort(flowHash(flowAt(index))) - FIRST_PORT,
    );
    for (const [bits, shift] of [
      ['high', 6],
      ['low', 0],
    ] as const) {
      const counts = countInto(buckets, offsets, (offset) => (offset >>> shift) & (buckets - 1));
      const sum = chiSquare(counts);
      t.ok(sum < chiSquareLimit(buckets), `${name}: ${bits} bits, chi-square ${sum.toFixed(0)}`);
    }
  }
});
