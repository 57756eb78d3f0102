/** One row per thing that decode tells apart, as literal bytes. */
import t, { type Test } from 'tap';
import {
  Decoded,
  FRAGMENT_FIRST,
  FRAGMENT_LATER,
  FRAGMENT_NONE,
  KIND_ARP,
  KIND_IPV4,
  KIND_IPV6,
  KIND_OTHER,
  KIND_UNPARSABLE,
} from '../../src/decode/decoded.js';
import { decodeGuarded, validFields } from '../fixtures/frames/decode-guarded.js';
import { hex } from '../fixtures/frames/hex.js';

interface Row {
  readonly name: string;
  readonly frame: string;
  /** Fields that are not named here are those of a new Decoded. */
  readonly want: Partial<Decoded>;
}

const MACS = '020000000002 020000000001';
const IPV4_TCP = '4500 0028 0001 4000 40 06 0000 0a000001 c0a80002';
const IPV6_ADDRESSES = 'fd000000 00000000 00000000 00000001  20010db8 00000000 80000000 00000002';
const TCP = '9c40 0050 00000001 00000000 5002 ffff 0000 0000';

const fromIpv4: Partial<Decoded> = { kind: KIND_IPV4, source0: 0x0a000001, destination0: 0xc0a80002 | 0 };
const fromIpv6: Partial<Decoded> = {
  kind: KIND_IPV6,
  source0: 0xfd000000 | 0,
  source3: 1,
  destination0: 0x20010db8,
  destination2: 0x80000000 | 0,
  destination3: 2,
};
const ports: Partial<Decoded> = { hasPorts: true, sourcePort: 40000, destinationPort: 80 };

const at = (networkOffset: number, transportOffset: number, protocol: number): Partial<Decoded> => ({
  networkOffset,
  transportOffset,
  protocol,
  flowProtocol: protocol,
});

t.test('link layer', async (t) => {
  checkRows(t, [
    { name: 'nothing', frame: '', want: { kind: KIND_UNPARSABLE } },
    { name: '13 bytes', frame: `${MACS} 08`, want: { kind: KIND_UNPARSABLE } },
    { name: 'a type and no more', frame: `${MACS} 88cc`, want: { kind: KIND_OTHER } },
    { name: 'ARP', frame: `${MACS} 0806 0001`, want: { kind: KIND_ARP } },
    { name: 'RARP', frame: `${MACS} 8035 0001`, want: { kind: KIND_OTHER } },
    {
      name: 'MPLS over what looks like IPv4',
      frame: `${MACS} 8847 ${IPV4_TCP} ${TCP}`,
      want: { kind: KIND_OTHER },
    },
    { name: 'PPPoE', frame: `${MACS} 8864 1100 0001 0004 0021 4500`, want: { kind: KIND_OTHER } },
    {
      name: '802.3 length with SNAP of IPv4',
      frame: `${MACS} 0030 aaaa03 000000 0800 ${IPV4_TCP} ${TCP}`,
      want: { kind: KIND_OTHER },
    },
    {
      name: 'untagged',
      frame: `${MACS} 0800 ${IPV4_TCP} ${TCP}`,
      want: { ...fromIpv4, ...at(14, 34, 6), ...ports },
    },
    {
      name: '802.1Q, VLAN 0',
      frame: `${MACS} 8100 0000 0800 ${IPV4_TCP} ${TCP}`,
      want: { ...fromIpv4, ...at(18, 38, 6), ...ports },
    },
    {
      name: '802.1ad over 802.1Q',
      frame: `${MACS} 88a8 2064 8100 f065 0800 ${IPV4_TCP} ${TCP}`,
      want: { ...fromIpv4, ...at(22, 42, 6), ...ports },
    },
    {
      name: 'three tags, the outer of type 0x9100',
      frame: `${MACS} 9100 0001 88a8 0002 8100 0003 0800 ${IPV4_TCP} ${TCP}`,
      want: { ...fromIpv4, ...at(26, 46, 6), ...ports },
    },
    {
      name: 'four tags',
      frame: `${MACS} 8100 0001 8100 0002 8100 0003 8100 0004 0800 ${IPV4_TCP} ${TCP}`,
      want: { kind: KIND_OTHER },
    },
    {
      name: 'a fourth tag that is cut',
      frame: `${MACS} 8100 0001 8100 0002 8100 0003 8100`,
      want: { kind: KIND_OTHER },
    },
    { name: 'a tag that is cut', frame: `${MACS} 8100 0001 08`, want: { kind: KIND_UNPARSABLE } },
    {
      name: 'the third tag cut',
      frame: `${MACS} 8100 0001 8100 0002 8100 00`,
      want: { kind: KIND_UNPARSABLE },
    },
    { name: 'ARP in a tag', frame: `${MACS} 8100 0001 0806 0001`, want: { kind: KIND_ARP } },
    { name: 'LLC in a tag', frame: `${MACS} 8100 0001 0030 aaaa03 000000 0800`, want: { kind: KIND_OTHER } },
  ]);
});

t.test('IPv4', async (t) => {
  const ipv4 = (name: string, header: string, behind: string, want: Partial<Decoded>): Row => ({
    name,
    frame: `${MACS} 0800 ${header} ${behind}`,
    want,
  });
  const bad = { kind: KIND_UNPARSABLE };
  const whole = { ...fromIpv4, ...at(14, 34, 6) };
  checkRows(t, [
    ipv4('no header', '', '', bad),
    ipv4('19 bytes', '4500 0028 0001 4000 40 06 0000 0a000001 c0a800', '', bad),
    ipv4('version 6', `65${IPV4_TCP.slice(2)}`, TCP, bad),
    ipv4('version 0', `05${IPV4_TCP.slice(2)}`, TCP, bad),
    ipv4('header length 0', `40${IPV4_TCP.slice(2)}`, TCP, bad),
    ipv4('header length 16', `44${IPV4_TCP.slice(2)}`, TCP, bad),
    ipv4('header longer than the frame', `4f${IPV4_TCP.slice(2)}`, TCP, bad),
    ipv4('header longer than the datagram', '4600 0014 0001 0000 40 06 0000 0a000001 c0a80002', TCP, bad),
    ipv4('total length 19', '4500 0013 0001 0000 40 06 0000 0a000001 c0a80002', TCP, bad),
    ipv4('total length 1', '4500 0001 0001 0000 40 06 0000 0a000001 c0a80002', TCP, bad),
    ipv4('a header alone', '4500 0014 0001 0000 40 06 0000 0a000001 c0a80002', '', whole),
    ipv4('total length 0: to the end', '4500 0000 0001 0000 40 06 0000 0a000001 c0a80002', TCP, {
      ...whole,
      ...ports,
    }),
    ipv4('total length beyond the frame', '4500 ffff 0001 0000 40 06 0000 0a000001 c0a80002', TCP, {
      ...whole,
      ...ports,
    }),
    ipv4('ports are padding', '4500 0014 0001 0000 40 06 0000 0a000001 c0a80002', TCP, whole),
    ipv4('ports partly padding', '4500 0017 0001 0000 40 06 0000 0a000001 c0a80002', TCP, whole),
    ipv4('ports and no more', '4500 0018 0001 0000 40 06 0000 0a000001 c0a80002', TCP, {
      ...whole,
      ...ports,
    }),
    ipv4('ports cut', IPV4_TCP, '9c40 00', whole),
    ipv4('options', '4700 0030 0001 0000 40 06 0000 0a000001 c0a80002 01010101 01010100', TCP, {
      ...fromIpv4,
      ...at(14, 42, 6),
      ...ports,
    }),
    ipv4('UDP', '4500 001c 0001 0000 40 11 0000 0a000001 c0a80002', 'c000 0035 0008 0000', {
      ...fromIpv4,
      ...at(14, 34, 17),
      hasPorts: true,
      sourcePort: 49152,
      destinationPort: 53,
    }),
    ipv4('SCTP has no ports here', '4500 0028 0001 0000 40 84 0000 0a000001 c0a80002', TCP, {
      ...fromIpv4,
      ...at(14, 34, 132),
    }),
    ipv4(
      'AH is a protocol',
      '4500 0028 0001 0000 40 33 0000 0a000001 c0a80002',
      '0604 0000 00000001 00000001',
      {
        ...fromIpv4,
        ...at(14, 34, 51),
      },
    ),
    ipv4('protocol 0 is a protocol', '4500 0028 0001 0000 40 00 0000 0a000001 c0a80002', TCP, {
      ...fromIpv4,
      ...at(14, 34, 0),
    }),
    ipv4('do not fragment', '4500 0028 0001 4000 40 06 0000 0a000001 c0a80002', TCP, { ...whole, ...ports }),
    ipv4('first fragment', '4500 0028 0001 2000 40 06 0000 0a000001 c0a80002', TCP, {
      ...whole,
      ...ports,
      fragment: FRAGMENT_FIRST,
    }),
    ipv4('middle fragment', '4500 0028 0001 2001 40 06 0000 0a000001 c0a80002', TCP, {
      ...whole,
      fragment: FRAGMENT_LATER,
    }),
    ipv4('last fragment, at the largest offset', '4500 0028 0001 1fff 40 06 0000 0a000001 c0a80002', TCP, {
      ...whole,
      fragment: FRAGMENT_LATER,
    }),
    ipv4('the reserved flag', '4500 0028 0001 8000 40 06 0000 0a000001 c0a80002', TCP, {
      ...whole,
      ...ports,
    }),
  ]);
});

t.test('IPv6', async (t) => {
  const ipv6 = (name: string, header: string, behind: string, want: Partial<Decoded>): Row => ({
    name,
    frame: `${MACS} 86dd ${header} ${IPV6_ADDRESSES} ${behind}`,
    want: want.kind === undefined ? { ...fromIpv6, ...want } : want,
  });
  const bad = { kind: KIND_UNPARSABLE };
  checkRows(t, [
    { name: 'no header', frame: `${MACS} 86dd`, want: bad },
    { name: '39 bytes', frame: `${MACS} 86dd 60000000 0014 06 40 ${IPV6_ADDRESSES.slice(0, -2)}`, want: bad },
    ipv6('version 4', '45000000 0014 06 40', TCP, bad),
    ipv6('TCP', '60000000 0014 06 40', TCP, { ...at(14, 54, 6), ...ports }),
    ipv6('traffic class and flow label', '6ff12345 0014 06 40', TCP, { ...at(14, 54, 6), ...ports }),
    ipv6('payload length 0: to the end', '60000000 0000 06 40', TCP, { ...at(14, 54, 6), ...ports }),
    ipv6('ports are padding', '60000000 0003 06 40', TCP, at(14, 54, 6)),
    ipv6('ports cut', '60000000 0014 06 40', '9c40 00', at(14, 54, 6)),
    ipv6('hop-by-hop', '60000000 001c 00 40', `06 00 0104 00000000 ${TCP}`, { ...at(14, 62, 6), ...ports }),
    ipv6('routing of 24 bytes', '60000000 002c 2b 40', `06 02 0401 ${'00'.repeat(20)} ${TCP}`, {
      ...at(14, 78, 6),
      ...ports,
    }),
    ipv6('AH counts by 4', '60000000 0020 33 40', `06 01 0000 00000001 00000001 ${TCP}`, {
      ...at(14, 66, 6),
      ...ports,
    }),
    ipv6('AH of length 0 has 8 bytes', '60000000 001c 33 40', `06 00 0000 00000001 ${TCP}`, {
      ...at(14, 62, 6),
      ...ports,
    }),
    ipv6('mobility ends in no next header', '60000000 0008 87 40', '3b 00 0000 0000 0000', at(14, 62, 59)),
    ipv6(
      'hop-by-hop behind destination options',
      '60000000 0024 3c 40',
      `00 00 0104 00000000 06 00 0104 00000000 ${TCP}`,
      {
        ...at(14, 70, 6),
        ...ports,
      },
    ),
    ipv6('ESP hides the rest', '60000000 0014 32 40', TCP, at(14, 54, 50)),
    ipv6('no next header', '60000000 0014 3b 40', TCP, at(14, 54, 59)),
    ipv6('an extension header cut', '60000000 001c 00 40', '06 00 0104 000000', bad),
    ipv6('an extension header longer than the frame', '60000000 001c 00 40', '06 03 0104 00000000 0000', bad),
    ipv6('an extension header one byte longer', '60000000 0010 3c 40', `06 01 010c ${'00'.repeat(11)}`, bad),
    ipv6(
      'an extension header longer than the datagram',
      '60000000 0008 00 40',
      `06 01 0104 00000000 ${TCP}`,
      bad,
    ),
    ipv6('a chain that leads behind the datagram', '60000000 0008 00 40', `3c 00 0104 00000000 ${TCP}`, bad),
    ipv6(
      'a chain that ends with the datagram',
      '60000000 0008 00 40',
      `06 00 0104 00000000 ${TCP}`,
      at(14, 62, 6),
    ),
    ipv6('atomic fragment', '60000000 001c 2c 40', `06 00 0000 00000001 ${TCP}`, {
      ...at(14, 62, 6),
      ...ports,
      fragment: FRAGMENT_NONE,
    }),
    ipv6('first fragment', '60000000 001c 2c 40', `06 00 0001 00000001 ${TCP}`, {
      ...at(14, 62, 6),
      ...ports,
      fragment: FRAGMENT_FIRST,
    }),
    ipv6('later fragment', '60000000 001c 2c 40', `06 00 0008 00000001 ${TCP}`, {
      ...at(14, 62, 6),
      fragment: FRAGMENT_LATER,
    }),
    ipv6(
      'first fragment of destination options',
      '60000000 0024 2c 40',
      `3c 00 0001 00000001 06 00 0104 00000000 ${TCP}`,
      {
        ...at(14, 70, 6),
        ...ports,
        flowProtocol: 60,
        fragment: FRAGMENT_FIRST,
      },
    ),
    ipv6('later fragment of destination options', '60000000 001c 2c 40', `3c 00 05a9 00000001 ${TCP}`, {
      ...at(14, 62, 60),
      fragment: FRAGMENT_LATER,
    }),
    ipv6(
      'a fragment in a fragment',
      '60000000 0024 2c 40',
      `2c 00 0001 00000001 06 00 0010 00000002 ${TCP}`,
      {
        ...at(14, 70, 6),
        flowProtocol: 44,
        fragment: FRAGMENT_LATER,
      },
    ),
    ipv6(
      'an atomic fragment in a first one',
      '60000000 0024 2c 40',
      `2c 00 0001 00000001 06 00 0000 00000002 ${TCP}`,
      {
        ...at(14, 70, 6),
        ...ports,
        flowProtocol: 44,
        fragment: FRAGMENT_FIRST,
      },
    ),
    ipv6(
      '64 extension headers',
      '60000000 0000 3c 40',
      `${'3c00010400000000'.repeat(63)} 0600010400000000 ${TCP}`,
      {
        ...at(14, 54 + 64 * 8, 6),
        ...ports,
      },
    ),
    ipv6(
      '65 extension headers',
      '60000000 0000 3c 40',
      `${'3c00010400000000'.repeat(64)} 0600010400000000 ${TCP}`,
      bad,
    ),
  ]);
});

t.test('echo identifier', async (t) => {
  const icmp = (name: string, fragmentWord: string, message: string, echoIdentifier: number): Row => ({
    name,
    frame: `${MACS} 0800 4500 001c 0001 ${fragmentWord} 40 01 0000 0a000001 c0a80002 ${message}`,
    want: {
      ...fromIpv4,
      ...at(14, 34, 1),
      echoIdentifier,
      fragment: { '0000': FRAGMENT_NONE, '2000': FRAGMENT_FIRST, '0001': FRAGMENT_LATER }[fragmentWord]!,
    },
  });
  const icmpv6 = (name: string, message: string, echoIdentifier: number): Row => ({
    name,
    frame: `${MACS} 86dd 60000000 0008 3a 40 ${IPV6_ADDRESSES} ${message}`,
    want: { ...fromIpv6, ...at(14, 54, 58), echoIdentifier },
  });
  checkRows(t, [
    icmp('request', '0000', '0800 0000 1234 0001', 0x1234),
    icmp('reply', '0000', '0000 0000 ffff 0001', 0xffff),
    icmp('first fragment', '2000', '0800 0000 1234 0001', 0x1234),
    icmp('later fragment', '0001', '0800 0000 1234 0001', 0),
    icmp('unreachable', '0000', '0301 0000 1234 0001', 0),
    icmp('six bytes', '0000', '0800 0000 1234', 0x1234),
    icmp('five bytes', '0000', '0800 0000 12', 0),
    icmpv6('ICMPv6 request', '8000 0000 1234 0001', 0x1234),
    icmpv6('ICMPv6 reply', '8100 0000 1234 0001', 0x1234),
    icmpv6('ICMPv6 of type 8', '0800 0000 1234 0001', 0),
    icmpv6('neighbour solicitation', '8700 0000 1234 0001', 0),
  ]);
});

function checkRows(t: Test, rows: readonly Row[]): void {
  for (const { name, frame, want } of rows) {
    t.same(validFields(decodeGuarded(hex(frame))), validFields({ ...new Decoded(), ...want }), name);
  }
}
