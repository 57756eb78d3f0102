/**
 * Drafts: resources of which some fields were refused. The checks across resources take drafts, so that one reading of
 * a file reports wrong values and wrong references together.
 */

/**
 * A key with the value `undefined` had a value that was refused, so checks conclude nothing from it. A missing key was
 * left out. Complete resources are drafts too.
 */
export type Draft<T> = T extends string | number | boolean | undefined
  ? T | undefined
  : T extends readonly (infer Item)[]
    ? readonly (Draft<Item> | undefined)[]
    : { readonly [Key in keyof T]?: Draft<T[Key]> | undefined };

/** The items that were not refused, each with its index. */
export function* entries<Item>(
  list: readonly (Item | undefined)[] | undefined,
): Generator<readonly [index: number, item: Item]> {
  for (const [index, item] of (list ?? []).entries()) {
    if (item !== undefined) yield [index, item];
  }
}

/** True when the field was not refused: it has a value, or was left out. */
export function isKnown<T extends object>(draft: T, key: keyof T): boolean {
  return !(key in draft) || draft[key] !== undefined;
}
