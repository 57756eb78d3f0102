/**
 * Resources of which some fields were refused. The checks across resources take drafts, so that one reading
 * of a file tells its wrong values and its wrong references together.
 */

/**
 * A key that is there with `undefined` held a value that was refused, so nothing follows from it; a key that
 * is not there was left out. Complete resources are drafts too.
 */
export type Draft<T> = T extends string | number | boolean | undefined
  ? T | undefined
  : T extends readonly (infer Item)[]
    ? readonly (Draft<Item> | undefined)[]
    : { readonly [Key in keyof T]?: Draft<T[Key]> | undefined };

/** The items that can be looked at, each with its index. */
export function* entries<Item>(
  list: readonly (Item | undefined)[] | undefined,
): Generator<readonly [index: number, item: Item]> {
  for (const [index, item] of (list ?? []).entries()) {
    if (item !== undefined) yield [index, item];
  }
}

/** True when the field was left out or is good: what its absence means may be concluded. */
export function isKnown<T extends object>(draft: T, key: keyof T): boolean {
  return !(key in draft) || draft[key] !== undefined;
}
