/** Packets in words: what is understood, and the line for what is not. */
import t from 'tap';
import { decode } from '../../src/decode/decode.js';
import { Decoded } from '../../src/decode/decoded.js';
import { fieldsOf } from '../../src/explain/frame-fields.js';
import { buildFrame } from '../../src/explain/packet-frame.js';
import { parsePacket } from '../../src/explain/packet-text.js';

/** What the data path decodes of a packet in words; or why there is none. */
function decodedOf(text: string) {
  const words = parsePacket(text);
  if (!words.ok) return words.text;
  const frame = buildFrame(words.value);
  if (!frame.ok) return frame.text;
  const decoded = new Decoded();
  decode(frame.value, 0, frame.value.length, decoded);
  const { vlans, kind, ip } = fieldsOf(frame.value, 0, frame.value.length, decoded);
  return { length: frame.value.length, kind, ...(vlans.length > 0 && { vlans }), ...ip };
}

t.test('what is understood is what the data path decodes', async (t) => {
  const rows = [
    {
      text: 'tcp 10.1.0.2:40000 > 10.1.0.1:80',
      want: {
        length: 60,
        kind: 'ipv4',
        protocol: 6,
        source: { address: '10.1.0.2', port: 40000 },
        destination: { address: '10.1.0.1', port: 80 },
        hasExtensionHeaders: false,
      },
    },
    {
      text: 'udp [fd00::1]:53>[fd00::2]:65535 vlan 7 vlan 4094 length 1500',
      want: {
        length: 1500,
        kind: 'ipv6',
        vlans: [7, 4094],
        protocol: 17,
        source: { address: 'fd00::1', port: 53 },
        destination: { address: 'fd00::2', port: 65535 },
        hasExtensionHeaders: false,
      },
    },
    {
      text: 'TCP 10.1.0.2 > 10.1.0.1 fragment',
      want: {
        length: 60,
        kind: 'ipv4',
        protocol: 6,
        source: { address: '10.1.0.2' },
        destination: { address: '10.1.0.1' },
        fragment: 'later',
        hasExtensionHeaders: false,
      },
    },
    {
      text: 'udp [fd00::1]:1 > [fd00::2]:2 fragment first',
      want: {
        length: 70,
        kind: 'ipv6',
        protocol: 17,
        source: { address: 'fd00::1', port: 1 },
        destination: { address: 'fd00::2', port: 2 },
        fragment: 'first',
        hasExtensionHeaders: true,
      },
    },
    {
      text: 'icmp 10.1.0.2 > 10.1.0.1 id 7',
      want: {
        length: 60,
        kind: 'ipv4',
        protocol: 1,
        source: { address: '10.1.0.2' },
        destination: { address: '10.1.0.1' },
        echoIdentifier: 7,
        hasExtensionHeaders: false,
      },
    },
    {
      text: 'icmp6 fd00::1 > fd00::2 id 9',
      want: {
        length: 62,
        kind: 'ipv6',
        protocol: 58,
        source: { address: 'fd00::1' },
        destination: { address: 'fd00::2' },
        echoIdentifier: 9,
        hasExtensionHeaders: false,
      },
    },
    {
      text: 'proto 47 10.1.0.2 > 10.1.0.1 length 34',
      want: {
        length: 34,
        kind: 'ipv4',
        protocol: 47,
        source: { address: '10.1.0.2' },
        destination: { address: '10.1.0.1' },
        hasExtensionHeaders: false,
      },
    },
    {
      text: '0 10.1.0.2 > 10.1.0.1',
      want: {
        length: 60,
        kind: 'ipv4',
        protocol: 0,
        source: { address: '10.1.0.2' },
        destination: { address: '10.1.0.1' },
        hasExtensionHeaders: false,
      },
    },
    {
      // Hop-by-hop options are no protocol: rules see what stands behind them.
      text: '0 fd00::1 > fd00::2',
      want: {
        length: 62,
        kind: 'ipv6',
        protocol: 59,
        source: { address: 'fd00::1' },
        destination: { address: 'fd00::2' },
        hasExtensionHeaders: true,
      },
    },
    { text: 'arp vlan 3', want: { length: 60, kind: 'arp', vlans: [3] } },
  ];
  for (const { text, want } of rows) t.same(decodedOf(text), want, text);
});

t.test('every protocol number, over both families', async (t) => {
  const extensions = [0, 43, 44, 51, 60, 135];
  for (let protocol = 0; protocol <= 255; protocol++) {
    if ([1, 6, 17, 58].includes(protocol)) continue;
    t.match(decodedOf(`${protocol} 10.0.0.1 > 10.0.0.2`), { kind: 'ipv4', protocol }, `IPv4 ${protocol}`);
    const want = extensions.includes(protocol) ? 59 : protocol;
    t.match(decodedOf(`${protocol} fd00::1 > fd00::2`), { kind: 'ipv6', protocol: want }, `IPv6 ${protocol}`);
    const later = { kind: 'ipv6', protocol, fragment: 'later' };
    t.match(decodedOf(`${protocol} fd00::1 > fd00::2 fragment later`), later, `later fragment ${protocol}`);
  }
});

t.test('one line for what is not understood', async (t) => {
  const example = "such as 'tcp 10.1.0.2:40000 > 10.1.0.1:80'";
  const address = 'is no address: 10.1.0.2, 10.1.0.2:80, fd00::1 or [fd00::1]:80';
  const rows: [text: string, want: string | RegExp][] = [
    ['', `empty; write a packet ${example}`],
    ['tpc 10.1.0.2:1 > 10.1.0.1:2', /^"tpc" is no protocol: icmp, tcp, .* or a number from 0 to 255$/],
    ['constructor 10.1.0.2 > 10.1.0.1', /^"constructor" is no protocol/],
    ['256 10.1.0.2 > 10.1.0.1', /^"256" is no protocol/],
    ['tcp 10.1.0.2:1', `source, '>' and destination must follow the protocol, ${example}`],
    ['tcp 10.1.0.2:1 10.1.0.1:2', `source, '>' and destination must follow the protocol, ${example}`],
    ['tcp 10.1.0.256:1 > 10.1.0.1:2', `"10.1.0.256:1" ${address}`],
    ['tcp 10.1.0.2:1:2 > 10.1.0.1:2', `"10.1.0.2:1:2" ${address}`],
    ['tcp [10.1.0.2]:1 > 10.1.0.1:2', `"[10.1.0.2]:1" ${address}`],
    ['tcp [fe80::1%eth0]:1 > [fe80::2]:2', `"[fe80::1%eth0]:1" ${address}`],
    ['tcp 10.1.0.2:x > 10.1.0.1:2', '"x" is no port from 0 to 65535'],
    ['tcp 10.1.0.2:65536 > 10.1.0.1:2', '"65536" is no port from 0 to 65535'],
    ['tcp 10.1.0.2:1 > [fd00::1]:2', '10.1.0.2:1 and [fd00::1]:2 are not of one family'],
    ['tcp 10.1.0.2:1 > 10.1.0.1', 'tcp and udp need both ports, as in 10.1.0.2:40000 or [fd00::1]:80'],
    ['tcp fd00::1 > fd00::2', 'tcp and udp need both ports, as in 10.1.0.2:40000 or [fd00::1]:80'],
    ['icmp 10.1.0.2:1 > 10.1.0.1', 'protocol 1 has no ports here: only tcp and udp have'],
    ['icmp fd00::1 > fd00::2', 'icmp is for IPv4; over IPv6 write icmp6'],
    ['icmp6 10.1.0.2 > 10.1.0.1', 'icmp6 is for IPv6; over IPv4 write icmp'],
    ['gre 10.1.0.2 > 10.1.0.1 id 1', 'id is for icmp and icmp6 only'],
    [
      'udp 10.1.0.2:1 > 10.1.0.1:2 fragment',
      'a later fragment has no ports: leave them out, or write: fragment first',
    ],
    [
      'gre 10.1.0.2 > 10.1.0.1 ttl 3',
      '"ttl" is not understood here: vlan N, length N, id N, fragment [first|later]',
    ],
    ['gre 10.1.0.2 > 10.1.0.1 toString 3', /^"toString" is not understood here/],
    ['gre 10.1.0.2 > 10.1.0.1 vlan', 'vlan needs a number up to 4094'],
    ['gre 10.1.0.2 > 10.1.0.1 vlan 4095', 'vlan needs a number up to 4094'],
    ['gre 10.1.0.2 > 10.1.0.1 vlan 1 vlan 2 vlan 3 vlan 4', 'at most 3 VLAN tags are read'],
    ['gre 10.1.0.2 > 10.1.0.1 length 33', 'length 33 is less than the 34 bytes of its headers'],
    ['tcp 10.1.0.2:1 > 10.1.0.1:2 length 53', 'length 53 is less than the 54 bytes of its headers'],
    ['gre 10.1.0.2 > 10.1.0.1 length 65550', 'length 65550 is more than 65549 bytes'],
    ['gre fd00::1 > fd00::2 length 65590', 'length 65590 is more than 65589 bytes'],
    ['gre 10.1.0.2 > 10.1.0.1 length 999999', 'length needs a number up to 65601'],
    ['arp fragment', 'arp is no IP packet'],
    [`tcp ${' '.repeat(600)}`, 'longer than 512 characters'],
  ];
  for (const [text, want] of rows) t.match(decodedOf(text), want, text);
});
