/** The JavaScript functions of one frame class, each from Decoded to a number. */
import type { Axis } from './box.js';
import { FIELD } from './emit-tests.js';
import { type Fragment, js } from './fragment.js';

/** Statements that always end in a return. */
export interface Code {
  readonly lines: readonly Fragment[];
  /** The fields that they read, as locals. */
  readonly reads: ReadonlySet<Axis>;
  /** How much bytecode they take, in entries. */
  readonly weight: number;
}

/**
 * V8 never optimises a function above 60 KB of bytecode, and an IPv6 entry takes up to 200 bytes; a call between
 * functions costs as much as some entries.
 */
export const MAXIMUM_WEIGHT = 200;

export class ClassFunctions {
  readonly declarations: Fragment[] = [];
  readonly #className: Fragment;
  #names = 0;

  constructor(className: Fragment) {
    this.#className = className;
  }

  newName(): Fragment {
    this.#names += 1;
    return js`${this.#className}_${this.#names}`;
  }

  /** Adds a declaration that the functions refer to. */
  declare(declaration: Fragment): void {
    this.declarations.push(declaration);
  }

  /** Declares a function. */
  add(name: Fragment, { lines, reads }: Code): void {
    const loads = [...reads].map((axis) => js`const ${FIELD[axis]} = decoded.${FIELD[axis]};`);
    this.declarations.push(js`function ${name}(decoded) {
  ${[...loads, ...lines]}
}`);
  }

  /** Makes code a function of its own. @returns a call of it. */
  outline(code: Code): Code {
    const name = this.newName();
    this.add(name, code);
    return { lines: [js`return ${name}(decoded);`], reads: new Set(), weight: 1 };
  }
}
