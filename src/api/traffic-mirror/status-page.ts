/** One page of a status: as many items of its lists as there is room for. */
import type { Slices } from '../work-queue.js';
import type { ItemTexts } from './item-texts.js';
import { TrafficMirrorError } from './service-error.js';
import type { StatusPart } from './shape.js';

/** A page may have fewer items than it could: one with the counts of many rules is long. */
const MAXIMUM_PAGE_CHARACTERS = 2 ** 20;

/** The lists that have pages, in the order of the pages. */
export const PAGED = ['sources', 'sessions', 'targets', 'filters'] as const satisfies readonly StatusPart[];

export type PagedPart = (typeof PAGED)[number];

/** Where a page begins: behind an id of a list. */
interface Position {
  readonly part: PagedPart;
  readonly after: string;
}

/** An item of a list, which is made when it is shown. */
export interface PageItem {
  readonly id: string;
  /** What the text is kept by: another one when the resource changes. */
  readonly key: unknown;
  /** Undefined: it has ended since the list was made. */
  readonly make: () => object | undefined;
  /** In a page that must have all items, and has become long. Absent: as `make`. */
  readonly makeShort?: () => object;
}

/** When to let others have their turn. */
type PageSlices = Pick<Slices, 'isOver' | 'next'>;

interface PageOptions {
  /** Items of all lists together. */
  readonly size: number;
  /** It has all items; those that would make it too long are made short. */
  readonly isWhole: boolean;
  readonly slices: PageSlices;
  readonly texts: ItemTexts;
}

/** The lists of one page. */
export class StatusPage {
  /** A member each. */
  readonly texts: string[] = [];
  /** Behind what the next page begins; undefined: this is the last one. */
  next: Position | undefined;
  readonly #isWhole: boolean;
  readonly #slices: PageSlices;
  readonly #texts: ItemTexts;
  #left: number;
  #characters = 0;
  /** The last item of the page. */
  #last: Position | undefined;

  constructor({ size, isWhole, slices, texts }: PageOptions) {
    this.#left = size;
    this.#isWhole = isWhole;
    this.#slices = slices;
    this.#texts = texts;
  }

  /** Adds as much of a list as there is room for. @param start where the page begins; undefined: at the first list */
  async add(part: PagedPart, items: readonly PageItem[], start: Position | undefined): Promise<void> {
    const isBefore = start !== undefined && PAGED.indexOf(part) < PAGED.indexOf(start.part);
    if (isBefore || this.next !== undefined) return;
    const texts: string[] = [];
    let index = start?.part === part ? firstBehind(items, start.after) : 0;
    for (; index < items.length; index += 1) {
      if (this.#isFull) {
        this.next = this.#last ?? { part, after: '' };
        break;
      }
      if (this.#slices.isOver) await this.#slices.next();
      const text = this.#textOf(items[index]);
      this.#last = { part, after: items[index].id };
      // It has ended since the list was made.
      if (text === undefined) continue;
      texts.push(text);
      this.#left -= 1;
      this.#characters += text.length;
    }
    this.texts.push(memberText(part, `[${texts.join()}]`));
  }

  /** Undefined: the item is no more. */
  #textOf({ key, make, makeShort }: PageItem): string | undefined {
    if (makeShort !== undefined && this.#isLong) return JSON.stringify(makeShort());
    return this.#texts.of(key, make);
  }

  get #isFull(): boolean {
    return !this.#isWhole && (this.#left <= 0 || this.#isLong);
  }

  get #isLong(): boolean {
    return this.#characters >= MAXIMUM_PAGE_CHARACTERS;
  }
}

/** The index of the first item behind an id, which may be gone. */
function firstBehind(items: readonly PageItem[], id: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (items[middle].id <= id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A member of a JSON object. */
export function memberText(name: string, value: string): string {
  return `"${name}":${value}`;
}

/** The token of the page that begins there. */
export function writeToken({ part, after }: Position): string {
  return Buffer.from(JSON.stringify([part, after])).toString('base64url');
}

/**
 * Where a page begins.
 * @param included lists that are asked for
 * @throws TrafficMirrorError InvalidNextTokenException
 */
export function readToken(token: string, included: readonly StatusPart[]): Position {
  const position = parseToken(token);
  if (position !== undefined && included.includes(position.part)) return position;
  throw new TrafficMirrorError('InvalidNextTokenException', 'NextToken is none of a page of these lists');
}

function parseToken(token: string): Position | undefined {
  try {
    const [name, after, ...more] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as unknown[];
    const part = PAGED.find((known) => known === name);
    if (part === undefined || typeof after !== 'string' || more.length > 0) return undefined;
    return { part, after };
  } catch {
    return undefined;
  }
}
