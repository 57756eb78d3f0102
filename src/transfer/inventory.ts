/**
 * The inventory of an imported configuration: devices and addresses, which AWS's output does not have. They come from
 * the user, from an inventory of `export --aws`, from describe-network-interfaces, or are placeholders.
 */

import { isAddressLiteral } from '../resources/address.js';
import { parseDeviceName } from '../resources/device.js';
import { show } from '../resources/parsed.js';
import type { ProblemPath } from '../resources/problem.js';
import { isMapping } from './aws-shapes.js';
import type { Remark } from './configuration-text.js';
import type { Notes, Place } from './notes.js';
import { type Item, inside } from './read-attributes.js';
import type { AwsResources, InterfaceItem } from './read-aws.js';

/** What the user says of interfaces, load balancers and endpoints, by their ids. */
export interface Choices {
  readonly devices: ReadonlyMap<string, string>;
  readonly addresses: ReadonlyMap<string, readonly string[]>;
}

type Attributes = Record<string, unknown>;

/** Lists of a configuration. */
interface Inventory {
  readonly networkInterfaces: readonly Attributes[];
  readonly networkLoadBalancers: readonly Attributes[];
  readonly gatewayLoadBalancerEndpoints: readonly Attributes[];
  /** Where each of the items comes from. */
  readonly places: ReadonlyMap<object, Place>;
  /** A remark at each placeholder. */
  readonly remarks: readonly Remark[];
  /** Choices for ids that nothing has, and of several addresses where there is one. */
  readonly wrongChoices: readonly string[];
}

/** Addresses for documentation (RFC 5737), without their first and last. */
const PLACEHOLDER_NETWORKS = ['192.0.2', '198.51.100', '203.0.113'];
const PLACEHOLDERS_PER_NETWORK = 254;

/** Makes the inventory. Tells each placeholder, and each thing that it takes for granted. */
export function makeInventory(resources: AwsResources, choices: Choices, notes: Notes): Inventory {
  const maker = new InventoryMaker(resources, choices, notes);
  for (const target of resources.targets) maker.addTarget(target);
  const selectors = new Set(selectorsOf(resources).map(({ selectorId }) => selectorId));
  for (const session of resources.sessions) {
    if (!selectors.has(session.attributes.networkInterfaceId)) maker.addSource(session);
  }
  return maker.finish();
}

/** Selectors of the input. They are in inventories alone: AWS knows none. */
export function selectorsOf({ inventories }: Pick<AwsResources, 'inventories'>): readonly Attributes[] {
  return inventories.flatMap(({ attributes: { networkInterfaceSelectors: selectors } }) =>
    Array.isArray(selectors) ? (selectors.filter(isMapping) as Attributes[]) : [],
  );
}

class InventoryMaker {
  readonly #choices: Choices;
  readonly #notes: Notes;
  readonly #interfaceInfo: ReadonlyMap<string, InterfaceItem>;
  readonly #hasInventory: boolean;
  readonly #interfaces: Section;
  readonly #loadBalancers: Section;
  readonly #endpoints: Section;
  readonly #remarks: Remark[] = [];
  readonly #usedDevices = new Set<string>();
  readonly #usedAddresses = new Set<string>();
  readonly #sources = new Set<string>();
  readonly #receivers = new Set<string>();
  #devicePlaceholders = 0;
  #addressPlaceholders = 0;

  constructor({ inventories, interfaces }: AwsResources, choices: Choices, notes: Notes) {
    this.#choices = choices;
    this.#notes = notes;
    this.#interfaceInfo = new Map(interfaces.map((info) => [info.id, info]));
    this.#hasInventory = inventories.length > 0;
    this.#interfaces = new Section('networkInterfaces', 'networkInterfaceId', inventories);
    this.#loadBalancers = new Section('networkLoadBalancers', 'networkLoadBalancerArn', inventories);
    this.#endpoints = new Section(
      'gatewayLoadBalancerEndpoints',
      'gatewayLoadBalancerEndpointId',
      inventories,
    );
  }

  /** Sees to the receiver of a target. */
  addTarget({ attributes, place }: Item): void {
    const { networkInterfaceId, networkLoadBalancerArn, gatewayLoadBalancerEndpointId } = attributes;
    if (typeof networkInterfaceId === 'string')
      this.#addReceiver(networkInterfaceId, inside(place, 'NetworkInterfaceId'));
    if (typeof networkLoadBalancerArn === 'string') {
      const at = inside(place, 'NetworkLoadBalancerArn');
      this.#setAddresses(this.#loadBalancers, networkLoadBalancerArn, 'targets', at);
    }
    if (typeof gatewayLoadBalancerEndpointId === 'string') {
      const at = inside(place, 'GatewayLoadBalancerEndpointId');
      this.#setAddresses(this.#endpoints, gatewayLoadBalancerEndpointId, 'address', at);
    }
  }

  /** Sees to the source of a session. */
  addSource({ attributes, place }: Item): void {
    const { networkInterfaceId: id } = attributes;
    if (typeof id !== 'string') return;
    const at = inside(place, 'NetworkInterfaceId');
    const chosen = this.#choices.devices.get(id);
    const known = this.#interfaces.find(id);
    const [address] = this.#choices.addresses.get(id) ?? [];
    const isFirst = !this.#sources.has(id);
    this.#sources.add(id);
    if (chosen !== undefined) this.#usedDevices.add(id);
    if (address !== undefined) this.#usedAddresses.add(id);
    const isDevice = chosen === undefined && known === undefined && this.#isLocalDevice(id);
    if (isDevice && isFirst && !this.#hasInventory)
      this.#notes.tell(at, `${show(id)} is taken for the local device of that name`);
    if (isDevice && address === undefined) return;
    const item = this.#interfaces.get(id, at);
    if (address !== undefined) item.address = address;
    if (chosen !== undefined || isDevice) item.device = chosen ?? id;
    if (item.device !== undefined || this.#hasInventory) return;
    this.#devicePlaceholders += 1;
    item.device = `CHANGE-ME-${this.#devicePlaceholders}`;
    this.#remark(this.#interfaces.pathOf(item, 'device'), `placeholder: the local device of ${show(id)}`);
    const help = `give --device ${id}=DEVICE`;
    this.#notes.tell(
      at,
      `the local device of ${show(id)} is not known, ${item.device} stands for it: ${help}`,
    );
  }

  finish(): Inventory {
    for (const { id, place, addresses } of this.#interfaceInfo.values()) {
      if (this.#receivers.has(id)) continue;
      if (!this.#sources.has(id)) {
        this.#notes.ignore(place, 'an interface of NetworkInterfaces', 'no target or session names it');
      } else if (addresses.length > 0 && !this.#choices.addresses.has(id)) {
        const why = 'the kernel chooses the outer source address of its copies, unless --address gives one';
        this.#notes.ignore(place, 'the address of a source', why);
      }
    }
    const sections = [this.#interfaces, this.#loadBalancers, this.#endpoints];
    return {
      networkInterfaces: this.#interfaces.items,
      networkLoadBalancers: this.#loadBalancers.items,
      gatewayLoadBalancerEndpoints: this.#endpoints.items,
      places: new Map(sections.flatMap(({ places }) => [...places])),
      remarks: this.#remarks,
      wrongChoices: this.#wrongChoices(),
    };
  }

  #wrongChoices(): string[] {
    const { devices, addresses } = this.#choices;
    const several = [...addresses].flatMap(([id, { length }]) =>
      length > 1 && this.#loadBalancers.find(id) === undefined && this.#usedAddresses.has(id)
        ? [`--address ${id}: ${length} addresses, and it has one: only load balancers have several`]
        : [],
    );
    return [
      ...unusedIds('--device', devices, this.#usedDevices, 'the source of no session'),
      ...unusedIds('--address', addresses, this.#usedAddresses, 'neither receiver nor source'),
      ...several,
    ];
  }

  /** Ids of AWS may be short enough for names of devices. */
  #isLocalDevice(id: string): boolean {
    return parseDeviceName(id).ok && (this.#hasInventory || !id.startsWith('eni-'));
  }

  #addReceiver(id: string, at: Place): void {
    this.#receivers.add(id);
    const isChosen = this.#choices.addresses.has(id);
    if (!isChosen && this.#interfaces.find(id) === undefined && isAddressLiteral(id)) return;
    this.#setAddresses(this.#interfaces, id, 'address', at, this.#interfaceInfo.get(id)?.addresses);
  }

  /** @param attribute one address, or a list of them. @param found addresses that the input has. */
  #setAddresses(
    section: Section,
    id: string,
    attribute: 'address' | 'targets',
    at: Place,
    found: readonly string[] = [],
  ): void {
    const chosen = this.#choices.addresses.get(id);
    if (chosen !== undefined) this.#usedAddresses.add(id);
    const known = section.find(id);
    // An inventory is complete.
    if (this.#hasInventory && known === undefined && chosen === undefined) return;
    const item = section.get(id, at);
    const addresses = chosen ?? (item[attribute] === undefined ? found : []);
    if (addresses.length > 0) item[attribute] = attribute === 'targets' ? [...addresses] : addresses[0];
    if (item[attribute] !== undefined || this.#hasInventory) return;
    const placeholder = this.#addressPlaceholder();
    item[attribute] = attribute === 'targets' ? [placeholder] : placeholder;
    const path = section.pathOf(item, ...(attribute === 'targets' ? ['targets', 0] : ['address']));
    this.#remark(path, `placeholder: the address of ${show(id)}`);
    const help = `give --address ${id}=ADDRESS${section === this.#interfaces ? ' or the output of describe-network-interfaces' : ''}`;
    this.#notes.tell(at, `the address of ${show(id)} is not known, ${placeholder} stands for it: ${help}`);
  }

  #addressPlaceholder(): string {
    const index = this.#addressPlaceholders;
    this.#addressPlaceholders += 1;
    const network = PLACEHOLDER_NETWORKS[Math.floor(index / PLACEHOLDERS_PER_NETWORK)];
    if (network !== undefined) return `${network}.${(index % PLACEHOLDERS_PER_NETWORK) + 1}`;
    return `2001:db8::${(index + 1).toString(16)}`;
  }

  #remark(path: ProblemPath, text: string): void {
    this.#remarks.push({ path, text });
  }
}

/** One list of the inventory. */
class Section {
  readonly items: Attributes[] = [];
  readonly places = new Map<object, Place>();
  readonly #name: string;
  readonly #idName: string;
  readonly #byId = new Map<unknown, Attributes>();

  /** @param inventories what they have of the list is taken as it is. */
  constructor(name: string, idName: string, inventories: readonly Item[]) {
    this.#name = name;
    this.#idName = idName;
    for (const { attributes, place } of inventories) {
      const list = attributes[name];
      if (!Array.isArray(list)) continue;
      for (const [index, item] of (list as readonly Attributes[]).entries()) {
        this.#add({ ...item }, inside(place, name, index));
      }
    }
  }

  find(id: string): Attributes | undefined {
    return this.#byId.get(id);
  }

  /** The item of the id; a new one if there is none. @param place what needs it. */
  get(id: string, place: Place): Attributes {
    return this.#byId.get(id) ?? this.#add({ [this.#idName]: id }, place);
  }

  pathOf(item: Attributes, ...steps: ProblemPath): ProblemPath {
    return [this.#name, this.items.indexOf(item), ...steps];
  }

  #add(item: Attributes, place: Place): Attributes {
    this.items.push(item);
    this.places.set(item, place);
    if (!this.#byId.has(item[this.#idName])) this.#byId.set(item[this.#idName], item);
    return item;
  }
}

function unusedIds(
  option: string,
  chosen: ReadonlyMap<string, unknown>,
  used: ReadonlySet<string>,
  why: string,
): string[] {
  return [...chosen.keys()].flatMap((id) =>
    used.has(id) ? [] : [`${option} ${id}: it is ${why} in the input`],
  );
}
