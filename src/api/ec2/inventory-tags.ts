/** Tags of the inventory, which DescribeTags shows and nobody changes. */
import type { Tags } from '../../resources/tags.js';
import type { Inventory } from '../inventory/inventory.js';
import type { Ec2Call } from './ec2-call.js';
import { Ec2Error } from './ec2-error.js';

/** A resource, or a part of one, that has tags of its own. */
export interface TaggedPart {
  /** Ascending among the parts of a list. */
  readonly order: number;
  readonly id: string;
  readonly type: string;
  readonly tags: Tags;
}

/** The interfaces and instances of an inventory. */
export function inventoryParts(inventory: Inventory): TaggedPart[] {
  const interfaces = inventory.interfaces.map(({ networkInterfaceId: id, tags }) => ({
    id,
    type: 'network-interface',
    tags,
  }));
  const instances = inventory.instances().map(({ id, tags }) => ({ id, type: 'instance', tags }));
  return [...interfaces, ...instances].map((part, order) => ({ ...part, order }));
}

/** @throws Ec2Error OperationNotPermitted for an interface or instance that the caller sees */
export function requireNotInventory(call: Ec2Call, id: string): void {
  if (!inventoryParts(call.context.inventory.of(call)).some((part) => part.id === id)) return;
  throw new Ec2Error(
    'OperationNotPermitted',
    `${id} is declared in the configuration file and can only be changed there`,
  );
}
