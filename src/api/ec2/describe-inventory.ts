/** The shared part of actions that describe the inventory: ids, filters and pages. */
import type { Tags } from '../../resources/tags.js';
import type { Inventory } from '../inventory/inventory.js';
import type { Ec2Call } from './ec2-call.js';
import { Ec2Error, invalidCombination, uncapitalize } from './ec2-error.js';
import { type Fields, makePage, readFilters, readPageRequest, WHOLE_LIST } from './lists.js';
import type { Structure } from './response.js';

/** How an action lists items of the inventory. */
interface InventoryDescription<Item> {
  /** Lists of ids in the request, without their index, each with the id that an item has by it. */
  readonly ids: Readonly<Record<string, (item: Item) => string | undefined>>;
  /** The error for an id that no item has. */
  readonly missing: (id: string) => Ec2Error;
  /**
   * shared: the list has pages. apart: it has, but not when ids are given, as EC2 documents of this action. none: it is
   * one page.
   */
  readonly pages: 'shared' | 'apart' | 'none';
  /** Switches of the request that change nothing here. */
  readonly switches?: readonly string[];
  /** The name of the list in the response. */
  readonly name: string;
  readonly fields: Fields<Item>;
  readonly tagsOf?: (item: Item) => Tags;
  /** All that the caller sees. */
  readonly itemsOf: (inventory: Inventory) => readonly Item[];
  readonly contentOf: (item: Item) => Structure;
}

/**
 * Describes items of the inventory: those with the ids in the request, or all.
 * @throws Ec2Error (rejects) for an id that the caller cannot see; for filters and pages as `readFilters` and
 *   `readPageRequest`
 */
export async function describeInventory<Item>(
  call: Ec2Call,
  description: InventoryDescription<Item>,
): Promise<Structure> {
  const { parameters, context } = call;
  const { ids, missing, pages, switches = [], name, fields, tagsOf, itemsOf, contentOf } = description;
  const wanted = Object.entries(ids).map(([parameter, idOf]) => ({
    parameter,
    idOf,
    asked: new Set(parameters.texts(parameter)),
  }));
  const fits = readFilters(parameters, fields, tagsOf);
  const page = pages === 'none' ? WHOLE_LIST : readPageRequest(call);
  if (pages === 'apart')
    for (const { parameter, asked } of wanted) if (asked.size > 0) requireNoPage(call, parameter);
  for (const parameter of switches) parameters.boolean(parameter);
  call.finish();
  call.allowAction();
  await context.inventory.refresh();
  // All of it in the turn of the caller: the inventory of many interfaces takes long, and others wait for their turns.
  const visible = (): readonly Item[] => {
    const items = itemsOf(context.inventory.of(call));
    for (const { idOf, asked } of wanted) {
      const known = asked.size === 0 ? undefined : new Set(items.map(idOf));
      for (const id of asked) if (known?.has(id) !== true) throw missing(id);
    }
    call.endDryRun();
    return items;
  };
  const isWanted = (item: Item): boolean =>
    wanted.every(({ idOf, asked }) => asked.size === 0 || asked.has(idOf(item) ?? ''));
  return makePage(call, page, {
    name,
    items: () => visible().map((item, index) => ({ item, position: [index] })),
    fits: (item) => isWanted(item) && fits(item),
    contentOf,
  });
}

/** @throws Ec2Error InvalidParameterCombination */
function requireNoPage({ parameters }: Ec2Call, idParameter: string): void {
  for (const parameter of ['MaxResults', 'NextToken']) {
    if (parameters.text(parameter) === undefined) continue;
    const [ids, other] = [`${uncapitalize(idParameter)}s`, uncapitalize(parameter)];
    throw invalidCombination(`The parameter ${ids} cannot be used with the parameter ${other}`);
  }
}

/** The error for an id that nothing has. @param code without `.NotFound`. @param words what has such ids */
export function noSuch(code: string, words: string): (id: string) => Ec2Error {
  return (id) => new Ec2Error(`${code}.NotFound`, `The ${words} '${id}' does not exist`);
}
