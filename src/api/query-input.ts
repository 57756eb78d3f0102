/** The input of services in AWS Query: flat names to the structure that the other protocols have from the start. */
import { accepted, type Parsed } from '../resources/parsed.js';

const COMMON_NAMES: ReadonlySet<string> = new Set(['Action', 'Version']);

const INDEX = /^[1-9]\d{0,3}$/;

/** The most steps of a name; the deepest that a service reads has nine. */
const MAXIMUM_STEPS = 12;

/** A member that is no text; AWS Query sends everything as text. @param name of the member; empty for items of lists */
type ParseText = (name: string, text: string) => unknown;

/** `Dimensions.member.1.Name=a` to `{ Dimensions: [{ Name: 'a' }] }`. */
export function unflatten(parameters: ReadonlyMap<string, string>, parseText: ParseText): Parsed<unknown> {
  const root = new Node();
  for (const [name, text] of parameters) {
    if (COMMON_NAMES.has(name)) continue;
    const steps = name.split('.');
    if (steps.length > MAXIMUM_STEPS) return { ok: false, text: `${name.slice(0, 60)}… is not a parameter` };
    let node = root;
    for (const step of steps) node = node.child(step);
    node.text = text;
  }
  return accepted(root.value('', parseText) ?? {});
}

class Node {
  readonly #children = new Map<string, Node>();
  text: string | undefined;

  child(name: string): Node {
    const child = this.#children.get(name) ?? new Node();
    this.#children.set(name, child);
    return child;
  }

  /** @param name of the member with this value */
  value(name: string, parseText: ParseText): unknown {
    const members = this.#children.get('member');
    if (members !== undefined && this.#children.size === 1) return members.#items(parseText);
    if (this.#children.size > 0) {
      return Object.fromEntries(
        [...this.#children].map(([key, child]) => [key, child.value(key, parseText)]),
      );
    }
    return this.text === undefined ? undefined : parseText(name, this.text);
  }

  #items(parseText: ParseText): unknown[] {
    const items = [...this.#children].filter(([index]) => INDEX.test(index));
    return items.sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item.value('', parseText));
  }
}
