/** Every combination of headers, cut after each of its bytes, in several disguises of what is outside. */
import assert from 'node:assert/strict';
import t from 'tap';
import { decodeGuarded, validFields } from '../fixtures/frames/decode-guarded.js';
import { extension, fragment, ipv4, ipv6 } from '../fixtures/frames/ip.js';
import { frame, type Layer, payload } from '../fixtures/frames/layer.js';
import { arp, ethernet, lengthAndLlc, vlan } from '../fixtures/frames/link.js';
import { referenceDecode } from '../fixtures/frames/reference-decode.js';
import { icmp, icmpv6, sctp, tcp, udp } from '../fixtures/frames/transport.js';

const TAGS: Record<string, Layer[]> = {
  untagged: [],
  tagged: [vlan()],
  'two tags': [vlan({ tag: 0x88a8 }), vlan()],
  'three tags': [vlan({ tag: 0x9100 }), vlan({ tag: 0x88a8 }), vlan()],
  'four tags': [vlan(), vlan(), vlan(), vlan()],
};

const NETWORKS: Record<string, Layer[]> = {
  IPv4: [ipv4()],
  'IPv4 GSO frame': [ipv4({ totalLength: 0 })],
  'IPv4 with options': [ipv4({ options: Array<number>(40).fill(1) })],
  'IPv4 first fragment': [ipv4({ moreFragments: true })],
  'IPv4 later fragment': [ipv4({ fragmentOffset: 1 })],
  IPv6: [ipv6()],
  'IPv6 GSO frame': [ipv6({ payloadLength: 0 })],
  'IPv6 with every extension header': [
    ipv6(),
    extension(0),
    extension(60, { size: 16 }),
    extension(43, { size: 24 }),
    extension(51, { size: 12 }),
    extension(135),
  ],
  'IPv6 with long destination options': [ipv6(), extension(60, { size: 24 })],
  'IPv6 atomic fragment': [ipv6(), extension(0), fragment()],
  'IPv6 first fragment': [ipv6(), fragment({ more: true }), extension(60)],
  'IPv6 later fragment': [ipv6(), fragment({ offset: 1 }), extension(60)],
};

const TRANSPORTS: Record<string, Layer[]> = {
  TCP: [tcp(), payload(4)],
  UDP: [udp(), payload(4)],
  ICMP: [icmp(), payload(4)],
  ICMPv6: [icmpv6(), payload(4)],
  SCTP: [sctp(), payload(4)],
  nothing: [],
};

for (const [tagsName, tags] of Object.entries(TAGS)) {
  t.test(tagsName, async (t) => {
    for (const [networkName, network] of Object.entries(NETWORKS)) {
      for (const [transportName, transport] of Object.entries(TRANSPORTS)) {
        checkEveryLength(frame(ethernet(), ...tags, ...network, ...transport));
        t.pass(`${networkName}, ${transportName}`);
      }
    }
    checkEveryLength(frame(ethernet(), ...tags, arp()));
  });
}

t.test('802.3 length', async (t) => {
  checkEveryLength(frame(lengthAndLlc(), ipv4(), tcp()));
  t.pass('LLC');
});

t.test('extension headers', async (t) => {
  for (let count = 0; count <= 66; count++) {
    checkEveryLength(frame(ethernet(), ipv6(), ...Array<Layer>(count).fill(extension(60)), udp()));
    t.pass(`${count} in a row`);
  }
});

function checkEveryLength(bytes: Uint8Array): void {
  for (let length = 0; length <= bytes.length; length++) {
    const cut = bytes.slice(0, length);
    assert.deepEqual(validFields(decodeGuarded(cut)), validFields(referenceDecode(cut)), `${length} bytes`);
  }
}
