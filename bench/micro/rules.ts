/** Plans with as many rules as wanted, of which frames of the mix pass all but the last: the dearest case. */
import type { PortRangePlan, RulePlan, SourcePlan } from '../../src/plan/mirror-plan.js';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../../src/wire/transport.js';

/** 198.18.0.0/15 and 2001:db8:ffff::/48, in which the mix has no address. */
const ELSEWHERE_4 = 0xc6120000;
const ELSEWHERE_6 = [0x20010db8, 0xffff0000, 0, 0];

const PROTOCOLS = [PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_TCP, undefined] as const;
const PORTS: readonly PortRangePlan[] = [
  { from: 443, to: 443 },
  { from: 1024, to: 65535 },
  { from: 8000, to: 8999 },
];

/** @param packetLength of the copies; absent: whole. */
export function planWithRules(count: number, packetLength?: number): SourcePlan {
  const last = ruleAt(count - 1, { family: 4, words: [0], length: 0 });
  const others = Array.from({ length: count - 1 }, (_, index) => ruleAt(index, elsewhere(index)));
  return {
    id: 'eni-bench',
    device: 'bench0',
    unmirrored: ['arp', 'dhcp', 'instance-metadata', 'ntp', 'windows-activation'],
    amazonDnsAddresses: [],
    sessions: [
      {
        id: 'tms-bench',
        sessionNumber: 1,
        vni: 42,
        ...(packetLength !== undefined && { packetLength }),
        amazonDns: false,
        rules: { ingress: [...others, last], egress: [] },
        targetId: 'tmt-bench',
        targetAddresses: ['192.0.2.2'],
      },
    ],
  };
}

type Prefix = RulePlan['source'];

/** Every fifth is IPv6. */
function elsewhere(index: number): Prefix {
  return index % 5 === 4
    ? { family: 6, words: [...ELSEWHERE_6.slice(0, 3), index], length: 128 }
    : { family: 4, words: [ELSEWHERE_4 + (index % 512) * 256], length: 24 };
}

/** The last rule asks for nothing but IPv4; the others for a protocol, ports and a network. */
function ruleAt(index: number, destination: Prefix): RulePlan {
  const isLast = destination.length === 0;
  const protocol = isLast ? undefined : PROTOCOLS[index % PROTOCOLS.length];
  return {
    id: `tmfr-${index}`,
    ruleNumber: index + 1,
    action: 'accept',
    ...(protocol !== undefined && { protocol, destinationPorts: PORTS[index % PORTS.length] }),
    source: { family: destination.family, words: destination.words.map(() => 0), length: 0 },
    destination,
  };
}
