/** The lines of an explanation: every test in its order, why it fails, and what becomes of the copy. */
import t from 'tap';
import type { TargetWays } from '../../src/explain/copies.js';
import { Explainer } from '../../src/explain/explanation.js';
import { explanationLines } from '../../src/explain/explanation-text.js';
import { buildFrame } from '../../src/explain/packet-frame.js';
import { parsePacket } from '../../src/explain/packet-text.js';
import { Frame } from '../../src/io/frame.js';
import { compile } from '../../src/match/compile.js';
import type { Direction, EngineOptions, SourcePlan } from '../../src/plan/mirror-plan.js';
import { address } from '../fixtures/plans/addresses.js';
import { ENGINE_OPTIONS, sourcePlan } from '../fixtures/plans/builders.js';

interface Options {
  readonly direction?: Direction;
  readonly ways?: TargetWays;
  readonly engine?: Partial<EngineOptions>;
}

function explain(source: SourcePlan, packet: string, { direction = 'ingress', ways, engine }: Options = {}) {
  const words = parsePacket(packet);
  const bytes = words.ok ? buildFrame(words.value) : words;
  if (!bytes.ok) throw new Error(bytes.text);
  const frame = new Frame(bytes.value);
  frame.capturedLength = bytes.value.length;
  frame.wireLength = bytes.value.length;
  const plan = { sources: [source], engine: { ...ENGINE_OPTIONS, ...engine }, healthChecks: [] };
  return explanationLines(
    new Explainer(plan, { source, direction }, ways ?? new Map(), compile(source, direction)).explain(frame),
  );
}

/** A packet that one session rejects and the next one takes. */
const two = sourcePlan([
  {
    rules: [
      { protocol: 17 },
      { protocol: 6, from: '10.2.0.0/16' },
      { protocol: 6, to: '10.2.0.0/16' },
      { protocol: 6, fromPorts: '80' },
      { protocol: 6, toPorts: '1024-65535' },
      { from: 'fd00::/8', to: '::/0' },
      { reject: true, protocol: 6, toPorts: '80' },
      {},
    ],
  },
  { rules: [{ protocol: 6 }] },
  { rules: [{}] },
]);

t.test('sessions and rules in order, up to the one that decides', async (t) => {
  t.strictSame(explain(two, 'tcp 10.1.0.2:40000 > 10.1.0.1:80'), [
    'eni-1 (veth0) ingress, 60 bytes',
    '  packet             ipv4, protocol 6 (tcp), 10.1.0.2:40000 > 10.1.0.1:80',
    '  never mirrored     no type of traffic is left out (engine.unmirroredTraffic)',
    '  network services   amazon-dns no',
    '  session 1          tms-1 rejects: the next session is asked',
    '    rule 10          accept, no: protocol is 6 (tcp), not 17 (udp) (s1r10)',
    '    rule 20          accept, no: source 10.1.0.2 is not in 10.2.0.0/16 (s1r20)',
    '    rule 30          accept, no: destination 10.1.0.1 is not in 10.2.0.0/16 (s1r30)',
    '    rule 40          accept, no: source port 40000 is not 80 (s1r40)',
    '    rule 50          accept, no: destination port 80 is not in 1024-65535 (s1r50)',
    '    rule 60          accept, no: it is for IPv6, the packet is IPv4 (s1r60)',
    '    rule 70          reject, matches (s1r70)',
    '  session 2          tms-2 accepts',
    '    rule 10          accept, matches (s2r10)',
    '  not asked          session tms-3: decided before',
    '  verdict            matched: session 2 tms-2, rule s2r10',
    '  copy               vxlan, VNI 101, to 10.9.0.2',
    '                     target tmt-1, outer source port 55929, destination port 4789',
    '                     60 of 60 bytes, no PacketLength; outer packet of 96 bytes',
    '                     path MTU not known: no running daemon tells it',
  ]);
});

t.test('protocol 0 is not every protocol', async (t) => {
  const lines = explain(sourcePlan([{ rules: [{ protocol: 0 }] }]), 'udp 10.1.0.2:1 > 10.1.0.1:2');
  t.match(
    lines.join('\n'),
    'rule 10          accept, no: protocol is 17 (udp), not 0 (hop-by-hop options of IPv6); its protocol 0 is the ' +
      'hop-by-hop options of IPv6, not all protocols: leave protocol out for all (s1r10)',
  );
  t.match(lines.at(-1), 'verdict            not mirrored: no session accepts it');
  const taken = explain(sourcePlan([{ rules: [{ protocol: 0 }] }]), '0 10.1.0.2 > 10.1.0.1').join('\n');
  t.match(taken, 'protocol 0 is the hop-by-hop options of IPv6; it does not stand for all protocols');
  t.match(taken, 'matched: session 1 tms-1, rule s1r10');
});

t.test('what never is mirrored, and what a network service is', async (t) => {
  const source = sourcePlan([{ rules: [{}] }, { amazonDns: true }], {
    unmirrored: ['arp', 'dhcp', 'ntp'],
    amazonDnsAddresses: [address('169.254.169.253'), address('fd00:ec2::253')],
  });
  const ntp = explain(source, 'udp 10.1.0.2:123 > 10.1.0.1:123');
  t.strictSame(ntp.slice(2), [
    '  never mirrored     arp no, dhcp no, ntp yes',
    '  not asked          session tms-1, tms-2: decided before',
    '  verdict            not mirrored: ntp never is (engine.unmirroredTraffic)',
  ]);
  const arp = explain(source, 'arp').join('\n');
  t.match(arp, 'packet             arp, Ethernet type 0x0806');
  t.match(arp, 'never mirrored     arp yes');
  const dns = explain(source, 'udp 10.1.0.2:4000 > 169.254.169.253:53').join('\n');
  t.match(
    dns,
    'network services   amazon-dns yes, port 53 of 169.254.169.253 or fd00:ec2::253: session tms-2 lists the service ' +
      'and mirrors all of it, whatever its rules say',
  );
  t.match(dns, 'verdict            matched: session 2 tms-2, network service amazon-dns');
  const nobody = sourcePlan([{ rules: [{}] }], { amazonDnsAddresses: [address('169.254.169.253')] });
  const unwanted = explain(nobody, 'udp 10.1.0.2:4000 > 169.254.169.253:53').join('\n');
  t.match(unwanted, 'no session lists the service, so none mirrors it');
  t.match(unwanted, 'verdict            not mirrored');
});

t.test('a later fragment, a session without rules of the direction', async (t) => {
  const source = sourcePlan([{ egress: [{}] }, { rules: [{ protocol: 6, toPorts: '80' }] }]);
  const lines = explain(source, 'tcp 10.1.0.2 > 10.1.0.1 fragment').join('\n');
  t.match(lines, 'session 1          tms-1 has no rule in this direction: the next session is asked');
  t.match(lines, 'accept, no: it tests ports, and a later fragment has none (s2r10)');
  t.match(lines, 'session 2          tms-2 no rule matches: the next session is asked');
});

t.test('length, address and way of the copy', async (t) => {
  const addresses = ['10.9.0.2', '10.9.0.3', '10.9.0.4'];
  const [session] = sourcePlan([{ rules: [{}] }]).sessions;
  const source = (rest: object): SourcePlan => ({
    ...sourcePlan([]),
    sessions: [{ ...session!, targetAddresses: addresses, ...rest }],
  });
  const long = 'udp 10.1.0.2:1 > 10.1.0.1:2 length 1514';
  const way = { device: 'mir0', state: 'reachable', reason: '', maximumInnerLength: 1464 };
  const ways = new Map(addresses.map((one) => [one, way]));

  const truncated = explain(source({ packetLength: 128 }), long, { ways }).join('\n');
  t.match(
    truncated,
    /vxlan, VNI 100, to 10\.9\.0\.\d, by the flow hash out of 10\.9\.0\.2, 10\.9\.0\.3, 10\.9\.0\.4/,
  );
  t.match(truncated, '128 of 1514 bytes, truncated to PacketLength 128; outer packet of 164 bytes');
  t.match(truncated, 'not cut: by mir0, which takes frames up to 1464 bytes');

  const cut = explain(source({}), long, { ways }).join('\n');
  t.match(cut, '1464 of 1514 bytes, no PacketLength; outer packet of 1500 bytes');
  t.match(cut, 'cut: by mir0, which takes frames up to 1464 bytes');

  const fragmented = explain(source({ packetLength: 1600 }), long, {
    ways,
    engine: { oversize: 'fragment' },
  }).join('\n');
  t.match(fragmented, '1514 of 1514 bytes, not truncated, PacketLength is 1600; outer packet of 1550 bytes');
  t.match(fragmented, 'sent in fragments: by mir0');

  const chosen = /to (10\.9\.0\.\d)/.exec(cut)?.[1] ?? '';
  const dead = new Map([...ways, [chosen, { ...way, state: 'unreachable', reason: 'no answer' }]]);
  const moved = /to (10\.9\.0\.\d)/.exec(explain(source({}), long, { ways: dead }).join('\n'))?.[1] ?? '';
  t.ok(moved !== '' && moved !== chosen, `${chosen} is dead, ${moved} takes the flow`);

  const none = { device: '', state: 'unreachable', reason: 'no route to host', maximumInnerLength: 0 };
  const lost = explain(source({ targetAddresses: ['10.9.0.2'] }), long, {
    ways: new Map([['10.9.0.2', none]]),
  });
  t.match(lost.at(-1), 'no way to it: no route to host');

  const limited = explain(source({ limits: [{ name: 'target tmt-1', bitsPerSecond: 1000 }] }), long);
  t.match(limited.at(-1), 'sent while below 1000 bit/s (target tmt-1)');
});

t.test('a copy in GENEVE, beside one in VXLAN to the same address', async (t) => {
  const plain = sourcePlan([{ rules: [{ protocol: 6 }] }, { rules: [{}] }]);
  const source: SourcePlan = {
    ...plain,
    sessions: [
      {
        ...plain.sessions[0]!,
        encapsulation: { name: 'geneve', options: ['captureTime', 'direction'] },
      },
      plain.sessions[1]!,
    ],
  };
  const way = { mtu: 150, maximumInnerLength: 94, device: 'mir0', state: 'reachable', reason: '' };
  const ways = new Map([['10.9.0.2', way]]);
  t.match(explain(source, 'tcp 10.1.0.2:40000 > 10.1.0.1:80 length 200', { ways }).slice(-4), [
    '  copy               geneve with captureTime, direction, VNI 100, to 10.9.0.2',
    /^ {21}target tmt-1, outer source port \d+, destination port 6081$/,
    '                     94 of 200 bytes, no PacketLength; outer packet of 150 bytes',
    '                     cut: by mir0, which takes frames up to 94 bytes',
  ]);
  t.match(explain(source, 'udp 10.1.0.2:40000 > 10.1.0.1:80 length 200', { ways }).slice(-4), [
    '  copy               vxlan, VNI 101, to 10.9.0.2',
    /destination port 4789$/,
    '                     114 of 200 bytes, no PacketLength; outer packet of 150 bytes',
    '                     cut: by mir0, which takes frames up to 114 bytes',
  ]);
});
