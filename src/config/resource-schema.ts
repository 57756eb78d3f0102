/** The schema of the resources: the API's property names in camelCase. */
import { ENCAPSULATION_NAMES, ENCAPSULATION_OPTIONS } from '../plan/mirror-plan.js';
import { parseCidrBlock, parseUnderlayAddress } from '../resources/address.js';
import { parseDeviceName, parseNamespacePath } from '../resources/device.js';
import { INTERFACE_SIZES, PERSPECTIVES } from '../resources/network-interface.js';
import {
  BIT_RATE_RANGE,
  PACKET_LENGTH_RANGE,
  PORT_RANGE,
  PROTOCOL_RANGE,
  parseBitRate,
  parsePacketLength,
  parsePort,
  parseProtocol,
  parseRuleNumber,
  parseSessionNumber,
  parseVni,
  RULE_NUMBER_RANGE,
  SESSION_NUMBER_RANGE,
  VNI_RANGE,
} from '../resources/numbers.js';
import { parseTagValue, TAG_LIMITS } from '../resources/tags.js';
import {
  IDENTIFIER_LENGTH,
  parseAccountId,
  parseDescription,
  parseIdentifier,
  parseRequestPath,
  TEXT_BOUNDS,
} from '../resources/text.js';
import { NETWORK_SERVICES, RULE_ACTIONS } from '../resources/traffic-mirror-filter.js';
import { LISTENER_PROTOCOLS } from '../resources/traffic-mirror-target.js';
import { dictionary, flag, integer, list, mapping, oneOf, parsed, shortOr } from './schema-parts.js';
import { ABSOLUTE_PATH, ACCOUNT_ID, CIDR_BLOCK, DEVICE_NAME, UNDERLAY_ADDRESS } from './schema-patterns.js';

const REAL_PORT_RANGE = { minimum: 1, maximum: PORT_RANGE.maximum } as const;

/** What AWS allows for an interface when it is asked to. */
const MAXIMUM_SECURITY_GROUPS = 16;

const HEALTH_CHECK_COUNT_RANGE = { minimum: 1, maximum: 10 } as const;

const description = parsed(parseDescription, {
  type: 'string',
  maxLength: TEXT_BOUNDS.description,
  description: 'For people; not used.',
}).exactOptional();

const givenTags = dictionary(
  parsed(parseTagValue, { type: 'string', maxLength: TAG_LIMITS.valueCharacters, description: 'A tag.' }),
  `For people: up to ${TAG_LIMITS.tags} keys with values.`,
);

const tags = givenTags.prefault({});

/** The place of an interface in the cloud's model, for clients of the control API. */
const place = {
  vpcId: identifier('Its network. Absent: made of the host and the network namespace.').exactOptional(),
  subnetId: identifier('Its subnet. Absent: the one of its network.').exactOptional(),
  availabilityZone: identifier(
    'Its zone. Absent: the first of the region for clients, and for load balancers the zone that has no name.',
  ).exactOptional(),
  instanceId: identifier('The instance that has the interface, with others or alone.').exactOptional(),
  instanceType: identifier('The type of the instance.').exactOptional(),
  imageId: identifier('The image of the instance.').exactOptional(),
  autoScalingGroupName: identifier('The Auto Scaling group of the instance.').exactOptional(),
  securityGroups: list(identifier('A security group.'), 'Its security groups.')
    .max(MAXIMUM_SECURITY_GROUPS, `at most ${MAXIMUM_SECURITY_GROUPS} are allowed`)
    .exactOptional(),
  tags: givenTags.exactOptional(),
};

/** @param absent what holds without it */
const encapsulated = (absent: string) => ({
  encapsulation: oneOf(
    ENCAPSULATION_NAMES,
    `The headers of copies: vxlan, UDP port 4789, or geneve, UDP port 6081. Absent: ${absent}.`,
  ).exactOptional(),
  encapsulationOptions: list(
    oneOf(ENCAPSULATION_OPTIONS, 'An option of class 0xFF01.'),
    'What geneve tells of a copy beside its frame. Absent: nothing.',
  ).exactOptional(),
});

const ofReceiver = encapsulated('vxlan. It counts for targets that say nothing of it');

/** An item of `networkInterfaces`. */
export const networkInterface = mapping(
  {
    networkInterfaceId: identifier('The name that targets and sessions use.'),
    device: parsed(parseDeviceName, {
      type: 'string',
      minLength: 1,
      maxLength: 15,
      pattern: DEVICE_NAME,
      description: 'The local network device. With a device, the interface may be the source of sessions.',
    }).exactOptional(),
    address: address(
      'With an address, the interface may be a target. Of a source: the outer source address of its copies; ' +
        'absent: the kernel chooses by route.',
    ).exactOptional(),
    size: oneOf(
      INTERFACE_SIZES,
      'large: as a target it takes copies of quotas.sourcesPerLargeInterfaceTarget sources. Absent: standard.',
    ).exactOptional(),
    ownerId: parsed(parseAccountId, {
      type: 'string',
      minLength: 12,
      maxLength: 12,
      pattern: ACCOUNT_ID,
      description: 'The account that may use the interface through the control API. Absent: every account.',
    }).exactOptional(),
    subnetOwnerId: parsed(parseAccountId, {
      type: 'string',
      minLength: 12,
      maxLength: 12,
      pattern: ACCOUNT_ID,
      description: 'The account whose subnet the interface is in: it may mirror the interface too.',
    }).exactOptional(),
    maximumBitsPerSecond: bitRate('copies of it, or to it,').exactOptional(),
    ...ofReceiver,
    netns: parsed(parseNamespacePath, {
      type: 'string',
      pattern: ABSOLUTE_PATH,
      description:
        'Where the device lives: the path of a network namespace. Absent: the namespace of the daemon. ' +
        'Copies leave from the namespace of the daemon either way.',
    }).exactOptional(),
    perspective: oneOf(
      PERSPECTIVES,
      'host: ingress is what the device receives. peer: ingress is what the device sends, which the workload at ' +
        'the other end of a veth pair receives.',
    ).prefault('host'),
    ...place,
  },
  'A network interface: a local device, the address of a receiver, or both.',
).superRefine(({ ownerId, subnetOwnerId }, context) => {
  if (subnetOwnerId === undefined || ownerId !== undefined) return;
  const message = 'needs ownerId: without it every account may use the interface';
  context.addIssue({ code: 'custom', path: ['subnetOwnerId'], message });
});

const healthCheck = mapping(
  {
    protocol: oneOf(
      ['TCP', 'HTTP'],
      'TCP: a connection can be made. HTTP: a GET is answered with a status from 200 to 399.',
    ).prefault('TCP'),
    port: integer(REAL_PORT_RANGE, 'Where the receiver answers.'),
    path: parsed(parseRequestPath, {
      type: 'string',
      pattern: ABSOLUTE_PATH,
      description: 'What HTTP asks for.',
    }).prefault('/'),
    intervalSeconds: integer({ minimum: 1, maximum: 300 }, 'From one check to the next.').prefault(10),
    timeoutSeconds: integer({ minimum: 1, maximum: 120 }, 'A later answer is none.').prefault(5),
    healthyThresholdCount: integer(
      HEALTH_CHECK_COUNT_RANGE,
      'Successes in a row until an address gets flows again.',
    ).prefault(2),
    unhealthyThresholdCount: integer(
      HEALTH_CHECK_COUNT_RANGE,
      'Failures in a row until it gets none.',
    ).prefault(2),
  },
  'How it is found out whether a receiver is alive.',
);

const listener = mapping(
  {
    protocol: oneOf(LISTENER_PROTOCOLS, 'Copies need UDP; TCP_UDP takes it too.'),
    port: integer(REAL_PORT_RANGE, 'Copies need 4789.'),
  },
  'What the load balancer takes.',
);

const zonedAddress = mapping(
  {
    address: address('The address of a receiver.'),
    availabilityZone: availabilityZone('The zone that it is in.').exactOptional(),
  },
  'A receiver, with its zone.',
);

/** An item of `networkLoadBalancers`. */
export const networkLoadBalancer = mapping(
  {
    networkLoadBalancerArn: identifier('The name that targets use.'),
    targets: list(
      shortOr(address('The address of a receiver.'), zonedAddress),
      'The receivers, each as its address or with its zone. Both directions of a flow go to the same one.',
    ).min(1, 'at least one address is needed'),
    listeners: list(
      listener,
      'Without one for UDP on port 4789 the load balancer takes no copies. Absent: there is one.',
    ).exactOptional(),
    crossZone: flag(
      'false: copies of a source go only to receivers in its zone. true, and absent: to all.',
    ).exactOptional(),
    healthCheck: healthCheck.exactOptional(),
    maximumBitsPerSecond: bitRate('copies to all of its addresses together').exactOptional(),
    ...ofReceiver,
  },
  'A load balancer: several receivers behind one target.',
);

/** An item of `gatewayLoadBalancerEndpoints`. */
export const gatewayLoadBalancerEndpoint = mapping(
  {
    gatewayLoadBalancerEndpointId: identifier('The name that targets use.'),
    address: address('Where copies go.'),
    maximumBitsPerSecond: bitRate('copies to it').exactOptional(),
    ...ofReceiver,
  },
  'An endpoint of a Gateway Load Balancer: one address, which stands for the appliances behind it.',
);

/** An item of `trafficMirrorTargets`. */
export const trafficMirrorTarget = mapping(
  {
    trafficMirrorTargetId: identifier('The name that sessions use.'),
    networkInterfaceId: identifier(
      'A network interface with an address, or a literal IP address.',
    ).exactOptional(),
    networkLoadBalancerArn: identifier('A network load balancer.').exactOptional(),
    gatewayLoadBalancerEndpointId: identifier('A Gateway Load Balancer endpoint.').exactOptional(),
    maximumBitsPerSecond: bitRate('copies to it').exactOptional(),
    ...encapsulated('that of the receiver, else vxlan'),
    description,
    tags,
  },
  'Where copies go: exactly one of networkInterfaceId, networkLoadBalancerArn and gatewayLoadBalancerEndpointId.',
);

const portRange = (which: string) =>
  mapping(
    { fromPort: port('The first port.'), toPort: port('The last port.') },
    `${which} ports, both ends included; only with protocol 6 or 17. Absent: every port.`,
  );

const filterRule = mapping(
  {
    trafficMirrorFilterRuleId: identifier(
      'The name of the rule in counters. Default: made of its place.',
    ).exactOptional(),
    ruleNumber: parsed(parseRuleNumber, {
      type: 'integer',
      ...RULE_NUMBER_RANGE,
      description: 'The lowest is tried first. Unique in its filter and direction.',
    }),
    ruleAction: oneOf(RULE_ACTIONS, 'What to do with a frame that matches.'),
    protocol: parsed(parseProtocol, {
      type: 'integer',
      ...PROTOCOL_RANGE,
      description: 'IP protocol number: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6. Absent: every protocol.',
    }).exactOptional(),
    sourcePortRange: portRange('Source').exactOptional(),
    destinationPortRange: portRange('Destination').exactOptional(),
    sourceCidrBlock: cidrBlock('Source addresses.'),
    destinationCidrBlock: cidrBlock('Destination addresses.'),
    description,
    tags,
  },
  'The first rule that matches decides; frames that none matches are not mirrored.',
);

/** An item of `trafficMirrorFilters`. */
export const trafficMirrorFilter = mapping(
  {
    trafficMirrorFilterId: identifier('The name that sessions use.'),
    networkServices: list(
      oneOf(NETWORK_SERVICES, 'amazon-dns: all traffic with engine.amazonDnsAddresses on port 53.'),
      'Services to mirror, whatever the rules say.',
    ).prefault([]),
    ingressFilterRules: list(filterRule, 'Rules for frames that the source receives.').prefault([]),
    egressFilterRules: list(filterRule, 'Rules for frames that the source sends.').prefault([]),
    description,
    tags,
  },
  'What to mirror.',
);

/** An item of `trafficMirrorSessions`. */
export const trafficMirrorSession = mapping(
  {
    trafficMirrorSessionId: identifier('The name in counters and logs.'),
    networkInterfaceId: identifier(
      'The source: a network interface with a device, or the name of a local device.',
    ),
    trafficMirrorTargetId: identifier('Where copies go.'),
    trafficMirrorFilterId: identifier('What to mirror.'),
    sessionNumber: parsed(parseSessionNumber, {
      type: 'integer',
      ...SESSION_NUMBER_RANGE,
      description:
        'The session with the lowest number whose filter accepts a frame mirrors it. Unique on its source.',
    }),
    packetLength: parsed(parsePacketLength, {
      type: 'integer',
      ...PACKET_LENGTH_RANGE,
      description:
        'Bytes to keep of each frame. Absent: all; 8500 to a load balancer or an endpoint, which is also the maximum.',
    }).exactOptional(),
    virtualNetworkId: parsed(parseVni, {
      type: 'integer',
      ...VNI_RANGE,
      description: 'The network identifier of the copies (VNI). Absent: random and unique.',
    }).exactOptional(),
    description,
    tags,
  },
  'A source, a filter and a target, tied together.',
);

function identifier(meaning: string) {
  return parsed(parseIdentifier, { type: 'string', ...IDENTIFIER_LENGTH, description: meaning });
}

function address(meaning: string) {
  return parsed(parseUnderlayAddress, { type: 'string', anyOf: UNDERLAY_ADDRESS, description: meaning });
}

function availabilityZone(meaning: string) {
  return parsed(parseIdentifier, {
    type: 'string',
    ...IDENTIFIER_LENGTH,
    description: `${meaning} Absent: the one zone that has no name.`,
  });
}

/** @param which copies it is for. */
export function bitRate(which: string) {
  return parsed(parseBitRate, {
    type: 'integer',
    ...BIT_RATE_RANGE,
    description: `The most that ${which} may take, in bits per second of outer IP packets. Absent: no limit.`,
  });
}

function cidrBlock(meaning: string) {
  return parsed(parseCidrBlock, {
    type: 'string',
    pattern: CIDR_BLOCK,
    description: `${meaning} A CIDR block, such as 10.0.0.0/16.`,
  });
}

function port(meaning: string) {
  return parsed(parsePort, { type: 'integer', ...PORT_RANGE, description: meaning });
}
