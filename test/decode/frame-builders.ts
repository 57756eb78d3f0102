/** The frames of the other tests are what they should be: tshark finds every length and checksum right. */
import t from 'tap';
import { PcapFileWriter } from '../../src/io/pcap/pcap-writer.js';
import { extension, fragment, ipv4, ipv6 } from '../fixtures/frames/ip.js';
import { frame, type Layer, payload } from '../fixtures/frames/layer.js';
import { arp, ethernet, vlan } from '../fixtures/frames/link.js';
import { icmp, icmpv6, sctp, tcp, udp } from '../fixtures/frames/transport.js';
import { skipWithoutTshark, tsharkFields } from '../fixtures/frames/tshark.js';

const GOOD = '1';
const CHECK_ALL = ['ip', 'tcp', 'udp'].map((name) => `${name}.check_checksum:TRUE`);
const FIELDS = [
  'frame.protocols',
  '_ws.malformed',
  '_ws.expert.message',
  'ip.checksum.status',
  'tcp.checksum.status',
  'udp.checksum.status',
  'icmp.checksum.status',
  'icmpv6.checksum.status',
  'sctp.checksum.status',
] as const;

const OPTIONS = ipv4({ options: [1, 1, 1, 0] });
const EXTENSIONS = [
  ipv6(),
  extension(0),
  extension(60, { size: 264 }),
  extension(51, { size: 24 }),
  fragment(),
];

const ROWS: readonly { protocols: string; layers: readonly Layer[] }[] = [
  { protocols: 'ip:tcp', layers: [ipv4(), tcp()] },
  { protocols: 'vlan:ethertype:ip:tcp', layers: [vlan(), ipv4(), tcp()] },
  { protocols: 'ip:udp', layers: [OPTIONS, udp({ destinationPort: 9999 }), payload(33)] },
  { protocols: 'ip:icmp', layers: [ipv4(), icmp(), payload(32)] },
  { protocols: 'ip:sctp', layers: [ipv4(), sctp()] },
  { protocols: 'ipv6:tcp', layers: [ipv6(), tcp()] },
  { protocols: 'ipv6:udp', layers: [ipv6(), udp({ destinationPort: 9999 }), payload(33)] },
  { protocols: 'ipv6:icmpv6', layers: [ipv6(), icmpv6(), payload(32)] },
  { protocols: 'ipv6:ipv6.hopopts:ipv6.dstopts:ah:ipv6.fraghdr:tcp', layers: [...EXTENSIONS, tcp()] },
  { protocols: 'arp', layers: [arp()] },
];

t.test('tshark finds nothing wrong', { skip: skipWithoutTshark }, async (t) => {
  const file = `${t.testdir()}/built.pcap`;
  const writer = new PcapFileWriter(file);
  for (const { layers } of ROWS) {
    const bytes = frame(ethernet(), ...layers);
    writer.write(0, 0, bytes, 0, bytes.length);
  }
  writer.close();
  for (const [index, fields] of tsharkFields(file, FIELDS, [
    'sctp.checksum:CRC-32c',
    ...CHECK_ALL,
  ]).entries()) {
    const {
      'frame.protocols': protocols,
      '_ws.malformed': malformed,
      '_ws.expert.message': _,
      ...statuses
    } = fields;
    const { protocols: want } = ROWS[index]!;
    t.ok(protocols.join().startsWith(`eth:ethertype:${want}`), `${want}: ${protocols.join()}`);
    t.same(malformed, [], `${want}: not malformed`);
    t.ok(
      Object.values(statuses)
        .flat()
        .every((status) => status === GOOD),
      `${want}: ${JSON.stringify(statuses)}`,
    );
  }
});
