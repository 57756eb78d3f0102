/** The schema of selectors, and of where containers are learnt of. */
import { PERSPECTIVES } from '../resources/network-interface.js';
import {
  DEFAULT_MAXIMUM_MATCHES,
  MATCHES_RANGE,
  parseContainerLabel,
  parseDevicePattern,
  parseIdPattern,
  parseNamespacePattern,
} from '../resources/network-interface-selector.js';
import { parseTagValue, TAG_LIMITS } from '../resources/tags.js';
import { IDENTIFIER_LENGTH, parseAccountId, parseIdentifier } from '../resources/text.js';
import { absolutePath, dictionary, integer, mapping, oneOf, parsed } from './schema-parts.js';
import { ACCOUNT_ID } from './schema-patterns.js';

/** An item of `networkInterfaceSelectors`. */
export const networkInterfaceSelector = mapping(
  {
    selectorId: parsed(parseIdentifier, {
      type: 'string',
      ...IDENTIFIER_LENGTH,
      description: 'The name that sessions use as their networkInterfaceId.',
    }),
    device: parsed(parseDevicePattern, {
      type: 'string',
      description:
        'Devices of that name, such as veth*. Loopback devices are found by their whole name only.',
    }).exactOptional(),
    netns: parsed(parseNamespacePattern, {
      type: 'string',
      description:
        'Devices in network namespaces of that path, or of that name in /run/netns and /run/docker/netns. ' +
        'Absent: in the namespace of the daemon.',
    }).exactOptional(),
    tags: dictionary(
      parsed(parseTagValue, {
        type: 'string',
        maxLength: TAG_LIMITS.valueCharacters,
        description: 'A pattern of the value of a tag.',
      }),
      'Declared interfaces that have all of these tags.',
    ).exactOptional(),
    subnetId: parsed(parseIdPattern, {
      type: 'string',
      description: 'Declared interfaces whose subnetId fits.',
    }).exactOptional(),
    containerLabel: parsed(parseContainerLabel, {
      type: 'string',
      description:
        'Devices of containers that have the label: KEY, or KEY=PATTERN. Needs a key of containers besides.',
    }).exactOptional(),
    perspective: oneOf(
      PERSPECTIVES,
      'Of the matches, as of an interface: peer for the host ends of the veth pairs of workloads.',
    ).prefault('host'),
    ownerId: parsed(parseAccountId, {
      type: 'string',
      minLength: 12,
      maxLength: 12,
      pattern: ACCOUNT_ID,
      description:
        'The account that may use the matches through the control API. Absent: the first of api.accounts.',
    }).exactOptional(),
    subnetOwnerId: parsed(parseAccountId, {
      type: 'string',
      minLength: 12,
      maxLength: 12,
      pattern: ACCOUNT_ID,
      description: 'The account whose subnet the matches are in: it may mirror them too.',
    }).exactOptional(),
    maximumMatches: integer(MATCHES_RANGE, 'Matches beyond are left out, with a warning.').prefault(
      DEFAULT_MAXIMUM_MATCHES,
    ),
  },
  'Finds sources while the daemon runs: patterns, of which every one that is given must fit.',
);

/** The section `containers`. */
export const containers = mapping(
  {
    docker: absolutePath(
      'The socket of Docker, such as /run/docker.sock. Who may open it may do everything on the host: off by default.',
    ).optional(),
    runc: absolutePath(
      "The directory of runc's state files, which only root may read: /run/containerd/runc for containerd.",
    ).optional(),
  },
  'Where selectors with containerLabel learn of containers. Nothing by default.',
).prefault({});
