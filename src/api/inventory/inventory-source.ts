/** Where inventories come from: the configuration file, and the kernel. */
import {
  defaultSubnet,
  defaultZone,
  type KnownPlace,
  placesOf,
  vpcOfNamespace,
} from '../../resources/interface-place.js';
import type { NetworkInterface } from '../../resources/network-interface.js';
import { type AskDevices, DeviceStates } from './device-states.js';
import { Inventory } from './inventory.js';

export interface InventorySourceOptions {
  /** The interfaces of the configuration file; another list after each reload. */
  readonly interfaces: () => readonly NetworkInterface[];
  readonly askDevices: AskDevices;
  /** As `hostId` gives it. */
  readonly host: string;
  readonly region: string;
}

/** Who looks. */
export interface InventoryViewer {
  readonly accountId: string;
  seesInterface(networkInterface: NetworkInterface): boolean;
}

export class InventorySource {
  readonly #options: InventorySourceOptions;
  readonly #states: DeviceStates;
  /** The list that the places were made of. */
  #listed: readonly NetworkInterface[] | undefined;
  #places: ReadonlyMap<NetworkInterface, KnownPlace> = new Map();

  constructor(options: InventorySourceOptions) {
    this.#options = options;
    this.#states = new DeviceStates(options.askDevices);
  }

  get region(): string {
    return this.#options.region;
  }

  /** Has the kernel asked for the devices, when it was not asked just before. */
  refresh(): Promise<void> {
    return this.#states.refresh(this.#options.interfaces);
  }

  /** What the account sees, with the last answers of the kernel. */
  of(viewer: InventoryViewer): Inventory {
    return new Inventory({
      interfaces: this.#options.interfaces().filter((one) => viewer.seesInterface(one)),
      placeOf: (one) => this.placeOf(one),
      stateOf: (one) => this.#states.find(one),
      accountId: viewer.accountId,
    });
  }

  /** The place of an interface, also of one that nobody declared. */
  placeOf(networkInterface: NetworkInterface): KnownPlace {
    const { interfaces, host, region } = this.#options;
    const list = interfaces();
    if (list !== this.#listed) {
      this.#places = placesOf(list, { host, region });
      this.#listed = list;
    }
    return (
      this.#places.get(networkInterface) ??
      (placesOf([networkInterface], { host, region }).get(networkInterface) as KnownPlace)
    );
  }

  /** The place of what has no interface and stands in the daemon's network, such as a load balancer. */
  ownPlace(
    zone: string = defaultZone(this.region),
  ): Pick<KnownPlace, 'vpcId' | 'subnetId' | 'availabilityZone'> {
    const { host } = this.#options;
    return {
      vpcId: vpcOfNamespace(host, undefined),
      subnetId: defaultSubnet(host, undefined, zone),
      availabilityZone: zone,
    };
  }
}
