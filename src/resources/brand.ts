/** Branded values: primitives that only a `parseX` can make, so that an unchecked one is a type error. */

declare const brand: unique symbol;

/** `Base` at run time; a type of its own for the compiler. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
