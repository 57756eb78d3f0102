/**
 * JavaScript source under construction. A fragment is made only from the emitter's own template literals, int32 numbers
 * and other fragments. Text of a configuration is a type error here, and an exception if it gets past the types.
 */

type Part = number | Fragment | readonly Fragment[];

/** A piece of generated source. Nominal: the private field keeps strings and look-alikes out. */
export class Fragment {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /**
   * A template tag. Fragments of a list are put on lines of their own, indented as the line that they are put in.
   * @throws TypeError for anything but int32 numbers and fragments.
   */
  static js(this: void, template: TemplateStringsArray, ...parts: readonly Part[]): Fragment {
    let text = template[0]!;
    for (const [index, part] of parts.entries()) {
      const indent = /\n( *)$/.exec(text)?.[1] ?? '';
      text += Fragment.#render(part).replaceAll('\n', `\n${indent}`) + template[index + 1]!;
    }
    return new Fragment(text);
  }

  /** Fragments with an operator between them. */
  static join(this: void, parts: readonly Fragment[], operator: Fragment): Fragment {
    return new Fragment(parts.map((part) => part.#text).join(operator.#text));
  }

  static #render(part: Part): string {
    if (typeof part === 'number') {
      if (part !== (part | 0)) throw new TypeError(`generated code takes int32 numbers, not ${part}`);
      return String(part);
    }
    if (part instanceof Fragment) return part.#text;
    return part.map((fragment) => fragment.#text).join('\n');
  }

  toString(): string {
    return this.#text;
  }
}

export const { js, join } = Fragment;
