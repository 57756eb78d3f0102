/** Values that several resources have. */
import { ENCAPSULATION_NAMES, ENCAPSULATION_OPTIONS } from '../plan/mirror-plan.js';
import { parseCidrBlock, parseUnderlayAddress } from '../resources/address.js';
import { BIT_RATE_RANGE, PORT_RANGE, parseBitRate, parsePort } from '../resources/numbers.js';
import { parseTagValue, TAG_LIMITS } from '../resources/tags.js';
import { IDENTIFIER_LENGTH, parseDescription, parseIdentifier, TEXT_BOUNDS } from '../resources/text.js';
import { dictionary, list, oneOf, parsed } from './schema-parts.js';
import { CIDR_BLOCK, UNDERLAY_ADDRESS } from './schema-patterns.js';

/** What AWS allows for an interface when it is asked to. */
const MAXIMUM_SECURITY_GROUPS = 16;

/** A text that is kept and not used. */
export const description = parsed(parseDescription, {
  type: 'string',
  maxLength: TEXT_BOUNDS.description,
  description: 'For people; not used.',
}).exactOptional();

/** Tags; absent they stay absent. */
const givenTags = dictionary(
  parsed(parseTagValue, { type: 'string', maxLength: TAG_LIMITS.valueCharacters, description: 'A tag.' }),
  `For people: up to ${TAG_LIMITS.tags} keys with values.`,
);

/** Tags; absent: none. */
export const tags = givenTags.prefault({});

/** The place of an interface in the cloud's model, for clients of the control API. */
export const place = {
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

/** The headers of copies. @param absent what holds without it */
export const encapsulated = (absent: string) => ({
  encapsulation: oneOf(
    ENCAPSULATION_NAMES,
    `The headers of copies: vxlan, UDP port 4789, or geneve, UDP port 6081. Absent: ${absent}.`,
  ).exactOptional(),
  encapsulationOptions: list(
    oneOf(ENCAPSULATION_OPTIONS, 'An option of class 0xFF01.'),
    'What geneve tells of a copy beside its frame. Absent: nothing.',
  ).exactOptional(),
});

/** The headers of copies to a receiver. */
export const ofReceiver = encapsulated('vxlan. It counts for targets that say nothing of it');

/** An id that its user chooses. @param meaning for editors, as below. */
export function identifier(meaning: string) {
  return parsed(parseIdentifier, { type: 'string', ...IDENTIFIER_LENGTH, description: meaning });
}

/** The address of a receiver, or outer source. */
export function address(meaning: string) {
  return parsed(parseUnderlayAddress, { type: 'string', anyOf: UNDERLAY_ADDRESS, description: meaning });
}

/** The zone of a receiver. */
export function availabilityZone(meaning: string) {
  return parsed(parseIdentifier, {
    type: 'string',
    ...IDENTIFIER_LENGTH,
    description: `${meaning} Absent: the one zone that has no name.`,
  });
}

/** A bound on a rate. @param which copies it is for. */
export function bitRate(which: string) {
  return parsed(parseBitRate, {
    type: 'integer',
    ...BIT_RATE_RANGE,
    description: `The most that ${which} may take, in bits per second of outer IP packets. Absent: no limit.`,
  });
}

/** A block of inner addresses. */
export function cidrBlock(meaning: string) {
  return parsed(parseCidrBlock, {
    type: 'string',
    pattern: CIDR_BLOCK,
    description: `${meaning} A CIDR block, such as 10.0.0.0/16.`,
  });
}

/** A port of a rule. */
export function port(meaning: string) {
  return parsed(parsePort, { type: 'integer', ...PORT_RANGE, description: meaning });
}
