/**
 * Formats and patterns of config/schema.json, so that editors complain where a value is typed. They refuse nothing that the
 * `parse` functions accept; what they cannot say, such as which addresses one host can have, `check` says.
 */

/** A form that a value may have: JSON Schema's `format`, which some editors only show, and a pattern, which all check. */
export interface TextForm {
  readonly format?: 'ipv4' | 'ipv6';
  readonly pattern: string;
}

const BYTE = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const IPV4 = `(${BYTE}\\.){3}${BYTE}`;
/** All of it is left to `format` and to `check`: a whole pattern is longer than the rest of the schema. */
const IPV6 = '[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*';
const DEVICE = '[^/:\\s]{1,15}';
const PORT = '[0-9]{1,5}';

/** An IP address without a zone. */
export const IP_ADDRESS: readonly TextForm[] = [
  { format: 'ipv4', pattern: `^${IPV4}$` },
  { format: 'ipv6', pattern: `^${IPV6}$` },
];

/** An IP address; one that is link-local, with the device whose link it is. */
export const UNDERLAY_ADDRESS: readonly TextForm[] = [
  ...IP_ADDRESS,
  { pattern: `^[Ff][Ee][89ABab][0-9A-Fa-f]:[0-9A-Fa-f:.]*%${DEVICE}$` },
];

/** An address and the length of a prefix. */
export const CIDR_BLOCK = `^(${IPV4}/(3[0-2]|[12]?[0-9])|${IPV6}/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$`;

/** The name of a network device. */
export const DEVICE_NAME = `^${DEVICE}$`;

/** The absolute path of a file, or of an HTTP request. */
export const ABSOLUTE_PATH = '^/';

/** An address and port, or a unix socket. */
export const LISTEN = `^(unix:/.*|(${IPV4}|localhost|\\[${IPV6}\\]):${PORT})$`;

/** An account of AWS. */
export const ACCOUNT_ID = '^[0-9]{12}$';
