/** What the effects of all actions are made of. */
import type { Call } from './calls.js';
import type { Inventory, State, Tags } from './state.js';

/** What the model takes from the answer of a call that was done. */
export interface Made {
  /** The id of the created resource. */
  readonly id: string;
  /** The session's VNI, which the daemon chooses when the call has none. */
  readonly vni: string;
}

/**
 * done: what is there after the call; a code of `orCodes` is as good, and changes nothing. refused: every code that it
 * may be refused with.
 */
export type Effect =
  | {
      readonly kind: 'done';
      readonly state: State;
      readonly id?: string;
      readonly orCodes?: ReadonlySet<string>;
    }
  | { readonly kind: 'refused'; readonly codes: ReadonlySet<string> };

export const VALUE = 'InvalidParameterValue';
export const COMBINATION = 'InvalidParameterCombination';

/** What speaks against a call. */
export class Codes extends Set<string> {
  addIf(condition: boolean, code: string): void {
    if (condition) this.add(code);
  }
}

/** The values of a call, as texts. */
export class Given {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor({ values }: Call) {
    this.#values = values;
  }

  has(name: string): boolean {
    return name in this.#values;
  }

  text(name: string): string {
    return String(this.#values[name] ?? '');
  }

  optional(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined;
  }

  number(name: string): number {
    return Number(this.#values[name]);
  }

  list(name: string): string[] {
    return Object.keys(this.#values)
      .filter((key) => key.startsWith(`${name}.`))
      .map((key) => this.text(key));
  }

  /** Keys with their values; undefined: only the key was given. */
  tags(prefix = ''): [key: string, value: string | undefined][] {
    const found: [string, string | undefined][] = [];
    for (let index = 1; this.has(`${prefix}Tag.${index}.Key`); index++) {
      found.push([this.text(`${prefix}Tag.${index}.Key`), this.optional(`${prefix}Tag.${index}.Value`)]);
    }
    return found;
  }

  range(name: string): string | undefined {
    return this.has(`${name}.FromPort`)
      ? `${this.text(`${name}.FromPort`)}-${this.text(`${name}.ToPort`)}`
      : undefined;
  }
}

/** What an action works on. */
export interface Parts {
  readonly state: State;
  readonly account: string;
  readonly given: Given;
  readonly inventory: Inventory;
  readonly made: Made;
}

/** A call that may be refused with any of the codes. */
export function refused(codes: ReadonlySet<string>): Effect {
  return { kind: 'refused', codes };
}

/** How many an account has. */
export function countOf(table: ReadonlyMap<string, { readonly owner: string }>, account: string): number {
  return [...table.values()].filter(({ owner }) => owner === account).length;
}

/** Those of `TagSpecification`. */
export function creationTags(given: Given): Tags {
  return Object.fromEntries(given.tags('TagSpecification.1.').map(([key, value]) => [key, value ?? '']));
}
