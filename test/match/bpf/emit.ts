import t from 'tap';
import type { BpfLimits } from '../../../src/match/bpf/emit.js';
import { renderBpf } from '../../../src/match/bpf/render.js';
import { compile } from '../../../src/match/compile.js';
import { ENCAPSULATION_OPTIONS, type SourcePlan } from '../../../src/plan/mirror-plan.js';
import { checkBpf } from '../../fixtures/bpf/check-bpf.js';
import { type FrameMetadata, runBpf } from '../../fixtures/bpf/run-bpf.js';
import { extension, ipv4, ipv6 } from '../../fixtures/frames/ip.js';
import { frame, type Layer, padded, payload } from '../../fixtures/frames/layer.js';
import { arp, ethernet, vlan } from '../../fixtures/frames/link.js';
import { icmp, tcp, udp } from '../../fixtures/frames/transport.js';
import { type RuleWords, type SessionWords, sourcePlan } from '../../fixtures/plans/builders.js';

const WHOLE = 0xffffffff;

/** What the program of a plan keeps of a frame, whose Ethernet header is added. */
function keeps(plan: SourcePlan, layers: readonly Layer[], metadata: FrameMetadata = {}): number {
  const { instructions } = compile(plan, 'ingress').bpf();
  checkBpf(instructions);
  return runBpf(instructions, frame(ethernet(), ...layers), metadata);
}

/** One session that accepts by these rules. */
const accepting = (...rules: readonly RuleWords[]): SourcePlan => sourcePlan([{ rules }]);

const web = accepting({ protocol: 6, toPorts: '80' });
const everything = accepting({}, { from: '::/0' });
const toWeb = tcp({ sourcePort: 5000, destinationPort: 80 });
const tags = (count: number): Layer[] => Array.from({ length: count }, (_, id) => vlan({ id }));

t.test('which frames', async (t) => {
  const row = (name: string, plan: SourcePlan, layers: Layer[], want: number, metadata: FrameMetadata = {}) =>
    t.equal(keeps(plan, layers, metadata), want, name);
  row('a match', web, [ipv4(), toWeb], WHOLE);
  row('another port', web, [ipv4(), tcp({ destinationPort: 81 })], 0);
  row('another protocol', web, [ipv4(), udp({ destinationPort: 80 })], 0);
  row('another family', web, [ipv6(), toWeb], 0);
  row('with options', web, [ipv4({ options: Array(40).fill(1) }), toWeb], WHOLE);
  row(
    'with options, another port',
    web,
    [ipv4({ options: Array(40).fill(1) }), tcp({ destinationPort: 8 })],
    0,
  );
  row('a first fragment', web, [ipv4({ moreFragments: true }), toWeb], WHOLE);
  row('a later fragment', web, [ipv4({ fragmentOffset: 0x1000 }), toWeb], 0);
  row(
    'a later fragment where ports do not matter',
    everything,
    [ipv4({ fragmentOffset: 0x1000 }), toWeb],
    WHOLE,
  );
  row('a total length that cuts ports off', web, [ipv4({ totalLength: 23 }), toWeb], 0);
  row('behind tags too', web, [...tags(1), ipv4({ totalLength: 23 }), toWeb], 0);
  row('a total length that does not', web, [ipv4({ totalLength: 24 }), toWeb], WHOLE);
  row('a GSO frame without a total length', web, [ipv4({ totalLength: 0 }), toWeb], WHOLE);
  row('ports cut off by the end', everything, [ipv4({ protocol: 6 }), payload(3)], WHOLE);
  row('a header cut off', everything, [ipv4({ headerLength: 6 })], 0);
  row('ARP', everything, [arp()], 0);
  row('IPv6', accepting({ protocol: 6, toPorts: '80', from: '::/0' }), [ipv6(), toWeb], WHOLE);
  row('IPv6, another port', accepting({ protocol: 6, toPorts: '81', from: '::/0' }), [ipv6(), toWeb], 0);
  row(
    'IPv6 with an extension header: not known',
    accepting({ protocol: 1, from: '::/0' }),
    [ipv6(), extension(0), toWeb],
    WHOLE,
  );
  row('the same where nothing of IPv6 is wanted', web, [ipv6(), extension(0), toWeb], 0);
});

t.test('tags', async (t) => {
  for (const inBand of [0, 1, 2, 3]) {
    t.equal(keeps(web, [...tags(inBand), ipv4(), toWeb]), WHOLE, `${inBand} in the frame`);
    t.equal(
      keeps(web, [...tags(inBand), ipv4(), tcp({ destinationPort: 81 })]),
      0,
      `${inBand}, another port`,
    );
    const metadata = { vlanTagPresent: true };
    t.equal(
      keeps(web, [...tags(inBand), ipv4(), toWeb], metadata),
      inBand < 3 ? WHOLE : 0,
      `${inBand} and one taken out`,
    );
  }
  t.equal(keeps(everything, [...tags(4), ipv4(), toWeb]), 0, 'four');
  for (const tag of [0x88a8, 0x9100])
    t.equal(keeps(web, [vlan({ tag }), ipv4(), toWeb]), WHOLE, tag.toString(16));
});

t.test('how many bytes', async (t) => {
  const limited = (packetLength: number, words: SessionWords): SourcePlan => {
    const plan = sourcePlan([words, { rules: [{}] }]);
    return { ...plan, sessions: [{ ...plan.sessions[0]!, packetLength }, plan.sessions[1]!] };
  };
  const rules = [{ protocol: 6 }];
  const big = [ipv4(), toWeb, payload(524)];
  t.equal(keeps(limited(128, { rules }), big), 128, 'PacketLength');
  t.equal(keeps(limited(1, { rules }), big), 96, 'what decode reads, at least');
  const least = limited(1, { rules: [{}] });
  t.equal(keeps(least, [ipv4(), udp(), payload(400)]), 208, 'what tells nested VXLAN');
  const tells: SourcePlan = {
    ...least,
    sessions: least.sessions.map((session) => ({
      ...session,
      encapsulation: { name: 'geneve', options: ENCAPSULATION_OPTIONS, networkInterface: 'eni-1' },
    })),
  };
  t.equal(keeps(tells, [ipv4(), udp(), payload(400)]), 304, 'the same with longer headers');
  t.equal(keeps(tells, [ipv4(), toWeb, payload(400)]), 96, 'which TCP does not have');
  t.equal(keeps(least, [ipv4(), icmp(), payload(400)]), 128, 'what tells the packet that an error is about');
  t.equal(keeps(limited(65535, { rules }), big), WHOLE, 'more than any frame');
  t.equal(keeps(limited(128, { rules }), [ipv4(), icmp(), payload(1400)]), WHOLE, 'another session');
  t.equal(keeps(limited(128, { rules }), [ipv4(), toWeb, payload(525)]), WHOLE, 'perhaps a GSO frame');
  const { instructions } = compile(limited(128, { rules }), 'ingress').bpf({ longestFrame: 9014 });
  t.equal(runBpf(instructions, frame(ethernet(), ipv4(), toWeb, payload(8900))), 128, 'a jumbo frame');
});

t.test('a short frame that is wanted', async (t) => {
  // The kernel drops a frame when a load reaches behind its end: each length is asked for first.
  const bytes = frame(ethernet(), ipv4({ protocol: 6 }), payload(20));
  const { instructions } = compile(everything, 'ingress').bpf();
  for (let length = 34; length <= bytes.length; length++) {
    t.equal(runBpf(instructions, bytes.subarray(0, length)), WHOLE, `${length} bytes`);
  }
  t.equal(runBpf(instructions, padded(bytes, 60)), WHOLE, 'padded');
});

t.test('too many rules', async (t) => {
  const rules = Array.from({ length: 900 }, (_, index) => ({
    protocol: index % 3 === 0 ? 17 : 6,
    from: `10.${index % 200}.0.0/16`,
    toPorts: `${1000 + 7 * index}`,
  }));
  const { bpf } = compile(accepting(...rules), 'ingress');
  const seen = new Map<string, boolean>();
  for (
    let maximumInstructions = 4096;
    maximumInstructions > 0;
    maximumInstructions = (maximumInstructions * 3) >> 2
  ) {
    const { instructions, exact, reason } = bpf({ maximumInstructions });
    checkBpf(instructions);
    t.ok(instructions.length <= maximumInstructions, `${instructions.length} of ${maximumInstructions}`);
    t.equal(reason === '', exact, reason);
    seen.set(reason.replace(/\d+ instr/, ''), exact);
    t.equal(
      runBpf(instructions, frame(ethernet(), ipv4({ source: '10.1.2.3' }), tcp({ destinationPort: 1007 }))),
      WHOLE,
    );
  }
  t.ok(seen.size > 3, [...seen.keys()].join('\n'));
  const { instructions } = bpf({ maximumInstructions: 300 });
  const strange = frame(ethernet(), ipv4({ source: '11.1.2.3' }), tcp({ destinationPort: 1007 }));
  t.equal(runBpf(instructions, strange), 0, 'a weakened program still drops most');
});

t.test('a lane where nothing is wanted', async (t) => {
  const { instructions, exact } = compile(accepting({ reject: true }), 'ingress').bpf();
  t.same(instructions, [{ code: 0x06, jt: 0, jf: 0, k: 0 }]);
  t.ok(exact);
});

t.test('text', async (t) => {
  const lines = (plan: SourcePlan, limits?: Partial<BpfLimits>): string[] =>
    renderBpf(compile(plan, 'ingress').bpf(limits)).split('\n');
  const ipv6Only = lines(accepting({ protocol: 58, from: '2001:db8::/32' }));
  t.equal(ipv6Only[0], `${ipv6Only.length - 1} instructions, exact`);
  t.same(ipv6Only.slice(1, 4), [
    '(000) ldh      [12]',
    '(001) jeq      #0x800           jt 93\tjf 2',
    '(002) jeq      #0x86dd          jt 29\tjf 3',
  ]);
  t.same(ipv6Only.slice(-6), [
    '(089) ld       M[10]',
    '(090) jeq      #0x3a            jt 91\tjf 93',
    '(091) ld       M[0]',
    '(092) jeq      #0x20010db8      jt 94\tjf 93',
    '(093) ret      #0',
    '(094) ret      #4294967295',
  ]);
  t.same(lines(web, { maximumInstructions: 5 }), [
    '1 instructions, more than 5 instructions even when weakened; keeps every frame',
    '(000) ret      #4294967295',
  ]);
  const many = Array.from({ length: 30 }, (_, index) => ({
    protocol: 6,
    toPorts: `${10 * index}`,
    to: `10.${index}.0.0/16`,
  }));
  t.match(
    lines(accepting(...many), { maximumInstructions: 150 })[0],
    /^\d+ instructions, more than 150 instructions; keeps more than is wanted: ipv4Tcp by up to 8 ranges of each field$/,
  );
});
