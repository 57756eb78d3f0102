/** Network interfaces: where frames are taken from, and where copies go. */
import { parseUnderlayAddress, type UnderlayAddress } from './address.js';
import { type DeviceName, type NamespacePath, parseDeviceName } from './device.js';
import { type Draft, entries } from './draft.js';

/** host: ingress is what the device receives; peer: what it sends, to the workload at the other end of a veth pair. */
export const PERSPECTIVES = ['host', 'peer'] as const;

type Perspective = (typeof PERSPECTIVES)[number];

/** A local device that may be a source, or an address that may be a target. */
export interface NetworkInterface {
  readonly networkInterfaceId: string;
  /** The local device; absent: it cannot be a source. */
  readonly device?: DeviceName;
  /** Where the device lives; absent: in the network namespace of the daemon. */
  readonly netns?: NamespacePath;
  /** Whose directions a source's are; absent: the device's own. */
  readonly perspective?: Perspective;
  /** Of a target: where copies go. Of a source: where they come from; absent: the kernel's choice by route. */
  readonly address?: UnderlayAddress;
  /** The account that may use it through the control API; absent: every account. */
  readonly ownerId?: string;
}

/** Finds what a `networkInterfaceId` of a target or session stands for. */
export type InterfaceResolver<Declared> = (
  networkInterfaceId: string,
) => Declared | NetworkInterface | undefined;

/**
 * An id stands for the interface declared under it; else for an address, if it is a literal one; else for the
 * local device of that name, which may be the device of a declared interface, but of none in another namespace. Undefined: it can be none of
 * these.
 */
export function interfaceResolver<Declared extends Draft<NetworkInterface>>(
  declared: readonly (Declared | undefined)[] | undefined,
): InterfaceResolver<Declared> {
  const byId = new Map<string, Declared>();
  const byDevice = new Map<string, Declared>();
  for (const [, networkInterface] of entries(declared)) {
    const { networkInterfaceId, device, netns } = networkInterface;
    if (networkInterfaceId !== undefined) keepFirst(byId, networkInterfaceId, networkInterface);
    if (device !== undefined && netns === undefined) keepFirst(byDevice, device, networkInterface);
  }
  return (id) => {
    const known = byId.get(id);
    if (known !== undefined) return known;
    // The address goes first: 10.9.0.2 is a name that the kernel would take for a device.
    const address = parseUnderlayAddress(id);
    if (address.ok) return { networkInterfaceId: id, address: address.value };
    return byDevice.get(id) ?? localDevice(id);
  };
}

function localDevice(id: string): NetworkInterface | undefined {
  const device = parseDeviceName(id);
  return device.ok ? { networkInterfaceId: id, device: device.value } : undefined;
}

/** A name that is taken twice, which is reported elsewhere, stands for the first that took it. */
function keepFirst<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (!map.has(key)) map.set(key, value);
}
