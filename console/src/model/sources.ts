/** Sources for the field Mirror source: by name, device and address, with the sessions that they have. */
import { addressesOf, type NetworkInterface } from './network-interface.js';
import type { Session } from './session.js';
import { nameTag } from './tags.js';

const DEVICE = /^device (.+)$/;

/** An option of the field. */
export interface SourceOption {
  readonly value: string;
  readonly label: string;
  readonly description: string;
  readonly filteringTags: readonly string[];
}

/** The device that the daemon names in the description of an interface. */
export function deviceOf({ description }: Pick<NetworkInterface, 'description'>): string | undefined {
  return DEVICE.exec(description)?.[1];
}

/**
 * The id of the interface that a text means: an id, or the name of a device that the inventory knows. Other text stays as
 * it is.
 */
export function sourceIdOf(text: string, interfaces: readonly NetworkInterface[]): string {
  const trimmed = text.trim();
  if (interfaces.some(({ networkInterfaceId }) => networkInterfaceId === trimmed)) return trimmed;
  return interfaces.find((one) => deviceOf(one) === trimmed)?.networkInterfaceId ?? trimmed;
}

/** The options for the interfaces, in their order. */
export function sourceOptions(
  interfaces: readonly NetworkInterface[],
  sessions: readonly Session[],
): readonly SourceOption[] {
  const numbers = takenNumbers(sessions);
  return interfaces.map((one) => {
    const id = one.networkInterfaceId;
    const name = nameTag(one);
    const taken = numbers.get(id) ?? [];
    const mirrored = taken.length === 0 ? 'not mirrored yet' : `sessions ${taken.join(', ')}`;
    return {
      value: id,
      label: name === undefined ? id : `${id} (${name})`,
      description: [one.description, ...addressesOf(one), mirrored].filter(Boolean).join(' · '),
      filteringTags: [name, one.instanceId, ...addressesOf(one)].filter((tag) => tag !== undefined),
    };
  });
}

/** The session numbers of each source, ascending. */
export function takenNumbers(sessions: readonly Session[]): ReadonlyMap<string, readonly number[]> {
  const numbers = new Map<string, number[]>();
  for (const { networkInterfaceId, sessionNumber } of sessions) {
    const taken = numbers.get(networkInterfaceId) ?? [];
    taken.push(sessionNumber);
    numbers.set(networkInterfaceId, taken);
  }
  for (const taken of numbers.values()) taken.sort((a, b) => a - b);
  return numbers;
}
