/** Filters to start from. */

import { type FilterValues, withRule } from './filter-values.js';
import { ANY_IPV4, newRuleFields, type RuleFields } from './rule-fields.js';

/** An example. */
export interface FilterExample {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** It needs the CIDR block of the own network. */
  readonly asksForNetwork?: boolean;
  /** A document of the package that says more. */
  readonly more?: string;
  readonly ingress: (network: string) => readonly Partial<RuleFields>[];
  readonly egress: (network: string) => readonly Partial<RuleFields>[];
}

/** The network that an example proposes. */
export const EXAMPLE_NETWORK = '10.0.0.0/16';

const TCP_RULE = { protocol: '6', description: 'TCP Rule' } as const;
const UDP_RULE = { protocol: '17', description: 'UDP Rule' } as const;
const none = () => [];

/** The examples, in the order in which they are offered. */
export const FILTER_EXAMPLES: readonly FilterExample[] = [
  {
    id: 'inbound-tcp',
    label: 'Inbound TCP traffic',
    description: 'All TCP traffic that the source receives, for a monitoring appliance.',
    ingress: () => [TCP_RULE],
    egress: none,
  },
  {
    id: 'inbound-udp',
    label: 'Inbound UDP traffic',
    description: 'For a second appliance beside the one for TCP: a filter and a session of its own.',
    ingress: () => [UDP_RULE],
    egress: none,
  },
  {
    id: 'non-local',
    label: 'Non-local traffic',
    description: 'All traffic except that inside your own network.',
    asksForNetwork: true,
    ingress: (network) => [
      { ruleAction: 'reject', sourceCidrBlock: network, description: 'Reject all intra-VPC traffic' },
      { description: 'Accept all inbound traffic' },
    ],
    egress: (network) => [
      { ruleAction: 'reject', destinationCidrBlock: network, description: 'Reject all intra-VPC traffic' },
      { description: 'Accept all outbound traffic' },
    ],
  },
  {
    id: 'suricata',
    label: 'Suricata',
    description: 'Inbound TCP traffic for an intrusion detection system on the target.',
    more: 'docs/suricata.md',
    ingress: () => [TCP_RULE],
    egress: none,
  },
];

/** The form with the rules of an example in place of its own. @param network the own network, a CIDR block of IPv4 or IPv6 */
export function withExample(values: FilterValues, example: FilterExample, network: string): FilterValues {
  const any = network.includes(':') ? '::/0' : ANY_IPV4;
  let filled: FilterValues = { ...values, ingress: [], egress: [] };
  for (const direction of ['ingress', 'egress'] as const) {
    for (const given of example[direction](network.trim())) {
      const blocks = { sourceCidrBlock: any, destinationCidrBlock: any };
      filled = withRule(filled, direction, (taken) => ({ ...newRuleFields(taken), ...blocks, ...given }));
    }
  }
  return filled;
}
