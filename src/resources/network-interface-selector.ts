/** Selectors: patterns that find sources while the daemon runs, each match a source of its own. */
import type { PERSPECTIVES } from './network-interface.js';
import { accepted, type Parsed, refused } from './parsed.js';
import type { Tags } from './tags.js';
import { isLine } from './text.js';
import type { RequestedSession } from './traffic-mirror-session.js';

/** How many matches one selector may have. */
export const MATCHES_RANGE = { minimum: 1, maximum: 4096 } as const;

/** Unless a selector says another number. */
export const DEFAULT_MAXIMUM_MATCHES = 256;

/** Where containers are learnt of. */
export interface ContainerSettings {
  /** The path of Docker's socket. */
  readonly docker?: string | undefined;
  /** The directory of runc's state files. */
  readonly runc?: string | undefined;
}

/** The selectors of a file, and the sessions on them: each match gets copies of those. */
export interface Selection {
  readonly selectors: readonly NetworkInterfaceSelector[];
  /** Their `networkInterfaceId` is a `selectorId`. */
  readonly sessions: readonly RequestedSession[];
  readonly containers: ContainerSettings;
}

/** In patterns `*` stands for any text, `?` for one character. What is given must hold; at least one must be. */
export interface NetworkInterfaceSelector {
  readonly selectorId: string;
  /** Pattern of the device's name. */
  readonly device?: string;
  /** Pattern of the namespace's path, or of its name in /run/netns and /run/docker/netns; absent: the daemon's own. */
  readonly netns?: string;
  /** Tags of a declared interface; the values are patterns. */
  readonly tags?: Tags;
  /** Pattern of the subnet of a declared interface. */
  readonly subnetId?: string;
  /** `KEY`, or `KEY=PATTERN`: a label of the container that has the namespace. */
  readonly containerLabel?: string;
  /** Whose ingress and egress the matches have; absent: those of the device. */
  readonly perspective?: (typeof PERSPECTIVES)[number];
  /** The account that may use the matches through the control API; absent: the first account of the file. */
  readonly ownerId?: string;
  /** The account whose subnet they are in, which may mirror them too; absent: the owner's own. */
  readonly subnetOwnerId?: string;
  readonly maximumMatches: number;
}

/** Attributes of a selector that say which interfaces it finds. */
export const SELECTOR_CRITERIA = ['device', 'netns', 'tags', 'subnetId', 'containerLabel'] as const;

/** In bytes. A pattern may be longer than what it matches. */
const PATTERN_BYTES = 64;
const NAME_BYTES = 255;
const PATH_BYTES = 4095;
/** Docker has no bound of its own. */
const LABEL_BYTES = 1024;

/** A pattern of device names. */
export function parseDevicePattern(value: unknown): Parsed<string> {
  const fits = isBounded(value, PATTERN_BYTES) && !/[/:\s]/.test(value);
  if (fits) return accepted(value);
  return refused(
    `a device name, or a pattern such as veth*, of at most ${PATTERN_BYTES} bytes without '/', ':' and white space`,
    value,
  );
}

/** A pattern of namespaces: wildcards in the last part of a path, since every directory before it is watched. */
export function parseNamespacePattern(value: unknown): Parsed<string> {
  if (isBounded(value, PATH_BYTES)) {
    const name = value.slice(value.lastIndexOf('/') + 1);
    const directory = value.slice(0, value.length - name.length);
    const isPlace = directory === '' || (directory.startsWith('/') && !/[*?]/.test(directory));
    const isName = name !== '' && name !== '.' && name !== '..' && fitsInto(NAME_BYTES, name);
    if (isPlace && isName) return accepted(value);
  }
  return refused(
    'an absolute path such as /run/netns/web-*, with wildcards behind the last slash only, or a name such as web-*',
    value,
  );
}

/** A label of containers: `KEY` or `KEY=PATTERN`. The key has no wildcards. */
export function parseContainerLabel(value: unknown): Parsed<string> {
  const fits = isBounded(value, LABEL_BYTES) && /^[^=*?]+(=|$)/.test(value);
  if (fits) return accepted(value);
  return refused(
    `a label KEY or KEY=PATTERN, such as app=web-*, of at most ${LABEL_BYTES} bytes, the key without wildcards`,
    value,
  );
}

/** A pattern of ids. */
export function parseIdPattern(value: unknown): Parsed<string> {
  if (isBounded(value, NAME_BYTES)) return accepted(value);
  return refused(`an id or a pattern of at most ${NAME_BYTES} bytes`, value);
}

function isBounded(value: unknown, bytes: number): value is string {
  return typeof value === 'string' && value !== '' && fitsInto(bytes, value) && isLine(value);
}

/** @param bytes of UTF-8 */
function fitsInto(bytes: number, text: string): boolean {
  return text.length <= bytes && new TextEncoder().encode(text).length <= bytes;
}
