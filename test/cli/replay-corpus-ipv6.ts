/**
 * As replay-corpus.ts, for IPv6: `replay` of the corpus under one rule picks the same frames as tcpdump with the same
 * expression. Frames on which they differ on purpose are named here.
 */
import { execFileSync } from 'node:child_process';
import t from 'tap';
import { skipWithoutCaptures } from '../fixtures/captures.js';
import { skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';
import { EVERYWHERE_6 } from '../fixtures/live/daemon/configurations.js';
import { corpusFrames } from '../fixtures/live/oracle/corpus.js';
import { readPcap, writePcap } from '../fixtures/live/oracle/pcap.js';
import { skipWithoutTcpdump } from '../fixtures/live/requirements.js';

/** The header is one, and captured: a load beyond the captured bytes rejects the frame; a byte is never 256. */
const IPV6 = 'ip6 and ip6[0] & 0xf0 = 0x60 and ip6[39] != 256';
/** Up to three tags before the IP header; `vlan` moves the offsets of what follows it. */
const TAGS = ['', 'vlan and ', 'vlan and vlan and ', 'vlan and vlan and vlan and '];

interface Case {
  readonly name: string;
  readonly rule: object;
  readonly expression: string;
  /** Why tcpdump picks frames that no rule should, and which. */
  readonly onlyTcpdump?: Readonly<Record<string, readonly string[]>>;
}

const BEYOND_THE_DATAGRAM = {
  'an extension header ends behind the datagram, where only padding is: unparsable': [
    'zeek__ipv6-mobility-dst-opts.pcap frame 2',
  ],
};

const CASES: readonly Case[] = [
  {
    name: 'all IPv6',
    rule: EVERYWHERE_6,
    expression: IPV6,
    onlyTcpdump: {
      'an extension header is cut: unparsable': [
        '_derived_malformed_mix.pcap frame 481',
        '_derived_malformed_mix.pcap frame 493',
        '_derived_malformed_mix.pcap frame 2029',
        'zeek__ip6-ext-trunc.pcap frame 1',
      ],
      ...BEYOND_THE_DATAGRAM,
    },
  },
  { name: 'TCP', rule: { ...EVERYWHERE_6, protocol: 6 }, expression: `${IPV6} and ip6 protochain 6` },
  {
    name: 'UDP',
    rule: { ...EVERYWHERE_6, protocol: 17 },
    expression: `${IPV6} and ip6 protochain 17`,
    onlyTcpdump: BEYOND_THE_DATAGRAM,
  },
  { name: 'ICMPv6', rule: { ...EVERYWHERE_6, protocol: 58 }, expression: `${IPV6} and ip6 protochain 58` },
  {
    name: 'DNS queries',
    rule: { ...EVERYWHERE_6, protocol: 17, destinationPortRange: { fromPort: 53, toPort: 53 } },
    expression: `${IPV6} and ip6[6] = 17 and ip6[42:2] = 53`,
  },
  {
    name: 'from link-local addresses',
    rule: { ...EVERYWHERE_6, sourceCidrBlock: 'fe80::/10' },
    expression: `${IPV6} and src net fe80::/10`,
  },
];

const skip = skipWithoutCaptures || skipWithoutBuild || skipWithoutTcpdump;
/** Ten thousand frames a time, on a busy machine. */
const TIMEOUT_MS = 120_000;

for (const { name, rule, expression, onlyTcpdump = {} } of CASES) {
  t.test(name, { skip, timeout: TIMEOUT_MS }, async (t) => {
    const directory = t.testdir({ 'c.json': JSON.stringify(configuration(rule)) });
    const frames = corpusFrames();
    const input = `${directory}/corpus.pcap`;
    writePcap(
      input,
      frames.map(({ bytes }) => bytes),
    );
    const nameOf = (second: number): string => frames[second - 1]!.name;
    const ours = new Set(replayed(directory, input).map(nameOf));
    const theirs = new Set(picked(input, expression).map(nameOf));
    t.ok(ours.size > 0, `${ours.size} frames`);
    const without = (a: ReadonlySet<string>, b: ReadonlySet<string>): string[] =>
      [...a].filter((frame) => !b.has(frame)).toSorted();
    t.strictSame(without(ours, theirs), [], 'tcpdump picks whatever the rule does');
    t.strictSame(
      without(theirs, ours),
      Object.values(onlyTcpdump).flat().toSorted(),
      'and nothing else, on purpose',
    );
  });
}

/** One rule; everything that is never mirrored is mirrored here. */
function configuration(rule: object): object {
  return {
    networkInterfaces: [
      { networkInterfaceId: 'eni-source', device: 'veth0' },
      { networkInterfaceId: 'eni-target', address: '10.9.0.2' },
    ],
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt', networkInterfaceId: 'eni-target' }],
    trafficMirrorFilters: [
      {
        trafficMirrorFilterId: 'tmf',
        ingressFilterRules: [{ ruleNumber: 1, ruleAction: 'accept', ...rule }],
      },
    ],
    trafficMirrorSessions: [
      {
        trafficMirrorSessionId: 'tms',
        networkInterfaceId: 'eni-source',
        trafficMirrorTargetId: 'tmt',
        trafficMirrorFilterId: 'tmf',
        sessionNumber: 1,
        virtualNetworkId: 1,
      },
    ],
    engine: { unmirroredTraffic: [], amazonDnsAddresses: [] },
  };
}

/** The seconds, which stand for the frames, of what replay mirrors. */
function replayed(directory: string, input: string): number[] {
  const output = `${directory}/out.pcap`;
  const files = ['--config', `${directory}/c.json`, '--in', input, '--out', output];
  const { exitCode, stderr } = trafficMirror('replay', '--source', 'eni-source', ...files);
  if (exitCode !== 0) throw new Error(stderr);
  return readPcap(output).map(({ seconds }) => seconds);
}

/** The same for the frames that tcpdump picks, with any VLAN tags in front. */
function picked(input: string, expression: string): number[] {
  return TAGS.flatMap((tags) => {
    const output = `${input}.picked`;
    const filter = ['-r', input, '-w', output, '-Z', 'root', tags + expression];
    execFileSync('tcpdump', filter, { stdio: 'ignore' });
    return readPcap(output).map(({ seconds }) => seconds);
  });
}
