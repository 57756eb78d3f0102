/**
 * The JavaScript functions of one frame class, each from Decoded to a number. All emitters have one signature:
 *
 *     emit…(functions, node, otherwise): Code
 *
 * They return the code of a node, and add to `functions` what that code calls. `otherwise` is the number to return
 * when nothing in the node decides.
 */
import type { Axis } from '../box.js';
import { type Fragment, js } from './fragment.js';

/** Statements that always end in a return. */
export interface Code {
  readonly lines: readonly Fragment[];
  /** The fields that the statements read, as locals. */
  readonly reads: ReadonlySet<Axis>;
  /** Size of the bytecode, in units of one entry. */
  readonly weight: number;
}

/**
 * Most entries in one function. V8 never optimises a function above 60 KB of bytecode, and an IPv6 entry takes up to
 * 200 bytes. Not fewer: a call between functions costs as much as some entries.
 */
export const MAXIMUM_WEIGHT = 200;

/** A local has the name of the field of Decoded that it holds. */
export const FIELD = {
  protocol: js`protocol`,
  sourcePort: js`sourcePort`,
  destinationPort: js`destinationPort`,
  source0: js`source0`,
  source1: js`source1`,
  source2: js`source2`,
  source3: js`source3`,
  destination0: js`destination0`,
  destination1: js`destination1`,
  destination2: js`destination2`,
  destination3: js`destination3`,
} satisfies Record<Axis, Fragment>;

/** Collects the functions of one frame class. */
export class ClassFunctions {
  readonly axes: readonly Axis[];
  readonly declarations: Fragment[] = [];
  readonly #className: Fragment;
  #names = 0;

  constructor(className: Fragment, axes: readonly Axis[]) {
    this.#className = className;
    this.axes = axes;
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

  /** Moves code to a function of its own. @returns a call of it. */
  outline(code: Code): Code {
    const name = this.newName();
    this.add(name, code);
    return { lines: [js`return ${name}(decoded);`], reads: new Set(), weight: 1 };
  }
}
