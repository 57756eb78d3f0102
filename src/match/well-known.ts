/** The matches of traffic that has a name: docs/semantics.md, "Types that are never mirrored" and "amazon-dns". */
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/transport.js';
import { everything, type Family, type Match, type PortRange } from './ir.js';

const DNS_PORT = range(53, 53);
const NTP_PORT = range(123, 123);
const ACTIVATION_PORT = range(1688, 1688);

/** 169.254.169.254 and fd00:ec2::254. */
const METADATA_ADDRESSES = [[0xa9fea9fe], [0xfd000ec2, 0, 0, 0x254]];
/** 169.254.169.123 and fd00:ec2::123. */
const TIME_SYNC_ADDRESSES = [[0xa9fea97b], [0xfd000ec2, 0, 0, 0x123]];
/** 169.254.169.250 and 169.254.169.251. */
const ACTIVATION_ADDRESSES = [[0xa9fea9fa], [0xa9fea9fb]];

/** UDP with the port of a DHCP client or server of the family. */
export const DHCP: readonly Match[] = [
  ...onEitherPort(withPorts(everything(4), PROTOCOL_UDP), range(67, 68)),
  ...onEitherPort(withPorts(everything(6), PROTOCOL_UDP), range(546, 547)),
];

/** All traffic with the instance metadata service, fragments included. */
export const INSTANCE_METADATA: readonly Match[] = METADATA_ADDRESSES.flatMap((words) =>
  sidesOf(words).map((side) => ({ ...everything(familyOf(words)), ...side.address })),
);

/** UDP with port 123 on either side. */
export const NTP: readonly Match[] = ([4, 6] as const).flatMap((family) =>
  onEitherPort(withPorts(everything(family), PROTOCOL_UDP), NTP_PORT),
);

/** NTP with the time service's address. Address and port may be on different sides. */
export const AMAZON_TIME_SYNC: readonly Match[] = TIME_SYNC_ADDRESSES.flatMap((words) =>
  sidesOf(words).flatMap((side) =>
    onEitherPort({ ...withPorts(everything(familyOf(words)), PROTOCOL_UDP), ...side.address }, NTP_PORT),
  ),
);

/** Traffic with the port of Windows activation at its addresses: address and port on the same side. */
export const WINDOWS_ACTIVATION: readonly Match[] = ACTIVATION_ADDRESSES.flatMap((words) =>
  service(words, PROTOCOL_TCP, ACTIVATION_PORT),
);

/** DNS over UDP and TCP with one server, both directions. `words`: one for IPv4, four for IPv6. */
export function dnsWith(words: readonly number[]): readonly Match[] {
  return [...service(words, PROTOCOL_UDP, DNS_PORT), ...service(words, PROTOCOL_TCP, DNS_PORT)];
}

/** Traffic with one port of one address, both directions. */
function service(words: readonly number[], protocol: number, ports: PortRange): readonly Match[] {
  return sidesOf(words).map((side) => ({
    ...withPorts(everything(familyOf(words)), protocol),
    ...side.address,
    ...side.ports(ports),
  }));
}

/** A host address as source and as destination, each with a function that puts a port on the same side. */
function sidesOf(words: readonly number[]) {
  const host = { words: words.map((word) => word | 0), length: 32 * words.length };
  return [
    { address: { source: host }, ports: (sourcePorts: PortRange) => ({ sourcePorts }) },
    { address: { destination: host }, ports: (destinationPorts: PortRange) => ({ destinationPorts }) },
  ];
}

function onEitherPort(match: Match, ports: PortRange): readonly Match[] {
  return [
    { ...match, sourcePorts: ports },
    { ...match, destinationPorts: ports },
  ];
}

function withPorts(match: Match, protocol: number): Match {
  return { ...match, protocol, needsPorts: true };
}

function familyOf(words: readonly number[]): Family {
  return words.length === 1 ? 4 : 6;
}

function range(from: number, to: number): PortRange {
  return { from, to };
}
