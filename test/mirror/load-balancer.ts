/** docs/semantics.md, "Load balancers", through the whole mirror. */
import t from 'tap';
import { avoidAddresses } from '../../src/mirror/session-target.js';
import type { SourcePlan } from '../../src/plan/mirror-plan.js';
import { hex } from '../fixtures/frames/hex.js';
import { ipv4, ipv6 } from '../fixtures/frames/ip.js';
import { frame, type Layer, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { tcp, udp } from '../fixtures/frames/transport.js';
import { frameOf, mirroringOf } from '../fixtures/mirror/mirroring.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

const ADDRESSES = ['10.9.0.2', '10.9.0.3', '10.9.0.4'];
const FLOWS = 300;

function planTo(targetAddresses: readonly string[]): SourcePlan {
  const plan = sourcePlan([{ rules: [{}, { from: '::/0' }] }]);
  return { ...plan, sessions: plan.sessions.map((session) => ({ ...session, targetAddresses })) };
}

/** Question and answer of flow `index`; every third over IPv6, every fourth a datagram in fragments. */
function framesOf(index: number): Uint8Array[] {
  const client = { address: `10.0.${index >> 8}.${index & 255}`, port: 1024 + 7 * index };
  const ports = { sourcePort: client.port, destinationPort: 80 };
  const answerPorts = { sourcePort: 80, destinationPort: client.port };
  const build = (...layers: Layer[]): Uint8Array => frame(ethernet(), ...layers);
  if (index % 3 === 0) {
    const there = { source: `2001:db8::${index.toString(16)}`, destination: '2001:db8:1::1' };
    const back = { source: there.destination, destination: there.source };
    return [build(ipv6(there), tcp(ports)), build(ipv6(back), tcp(answerPorts))];
  }
  const there = { source: client.address, destination: '192.0.2.80' };
  const back = { source: there.destination, destination: there.source };
  if (index % 4 === 0) {
    return [
      build(ipv4({ ...there, moreFragments: true }), udp(ports), payload(1472)),
      build(ipv4({ ...there, fragmentOffset: 185, protocol: 17 }), payload(100)),
      build(ipv4({ ...back, fragmentOffset: 185, protocol: 17 }), payload(100)),
    ];
  }
  return [build(ipv4(there), tcp(ports)), build(ipv4(back), tcp(answerPorts))];
}

/** For each flow the address and source port that its frames went to. */
function placesOf(addresses: readonly string[]): string[][] {
  const { mirror, sinks } = mirroringOf(planTo(addresses));
  return Array.from({ length: FLOWS }, (_, index) => {
    const before = new Map([...sinks].map(([address, { sent }]) => [address, sent.length]));
    for (const bytes of framesOf(index)) mirror.consume(frameOf(bytes));
    return [...sinks].flatMap(([address, { sent }]) =>
      sent.slice(before.get(address)).map(({ sourcePort }) => `${address} ${sourcePort}`),
    );
  });
}

t.test('all frames of a flow go to one address, from one port', async (t) => {
  const places = placesOf(ADDRESSES);
  t.ok(places.every((flow) => flow.length >= 2 && new Set(flow).size === 1));
  for (const address of ADDRESSES) {
    const flows = places.filter(([place]) => place?.startsWith(`${address} `)).length;
    t.ok(flows > FLOWS / 5 && flows < FLOWS / 2, `${address} has ${flows} of ${FLOWS}`);
  }
});

t.test('without one of the addresses the other flows stay', async (t) => {
  const before = placesOf(ADDRESSES);
  const after = placesOf(ADDRESSES.slice(1));
  const lost = `${ADDRESSES[0]} `;
  t.ok(before.every(([place], index) => place?.startsWith(lost) || place === after[index]?.[0]));
});

t.test('the same for addresses of both families', async (t) => {
  const mixed = ['10.9.0.2', 'fd00:9::2', 'fe80::2%mir0'];
  const before = placesOf(mixed);
  t.ok(before.every((flow) => flow.length >= 2 && new Set(flow).size === 1));
  for (const lost of mixed) {
    const after = placesOf(mixed.filter((address) => address !== lost));
    t.ok(
      before.every(([place], index) => place?.startsWith(`${lost} `) || place === after[index]?.[0]),
      `without ${lost}`,
    );
  }
});

t.test('copies carry the VNI of their session', async (t) => {
  const { mirror, sinks } = mirroringOf(planTo(ADDRESSES));
  for (let index = 0; index < 30; index++)
    for (const bytes of framesOf(index)) mirror.consume(frameOf(bytes));
  for (const address of ADDRESSES) {
    const bytes = new Uint8Array(16);
    sinks.get(address)?.sent[0]?.header.writeTo(bytes, 0, 0, 0);
    t.same(bytes.subarray(8), hex('08000000 00006400'), address);
  }
});

t.test('dead addresses', async (t) => {
  const { mirror, sinks } = mirroringOf(planTo(ADDRESSES));
  const [path] = mirror.targets;
  const receivers = (...dead: string[]): string[] => {
    avoidAddresses(path!, new Set(dead));
    return Array.from({ length: FLOWS }, (_, index) => {
      const before = new Map([...sinks].map(([address, { sent }]) => [address, sent.length]));
      mirror.consume(frameOf(framesOf(index)[0]!));
      return [...sinks].find(([address, { sent }]) => sent.length > before.get(address)!)![0];
    });
  };
  const all = receivers();
  const without = receivers('10.9.0.3');
  t.notOk(without.includes('10.9.0.3'), 'get no flows');
  t.same(
    without.filter((_, flow) => all[flow] !== '10.9.0.3'),
    all.filter((address) => address !== '10.9.0.3'),
    'no other flow moves',
  );
  t.same(
    without,
    placesOf(['10.9.0.2', '10.9.0.4']).map(([place]) => place!.split(' ')[0]),
    'as if they were not there',
  );
  t.same(receivers(), all, 'and get them back');
  t.same(receivers(...ADDRESSES), all, 'all dead is none dead');
  t.same(new Set(receivers('10.9.0.2', '10.9.0.3')), new Set(['10.9.0.4']), 'one is left');
});
