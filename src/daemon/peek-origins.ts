/** The origins of copies that engines named, with the daemon's own numbers. Engines are not trusted: all has a bound. */
import { type CopyOrigin, RECORD_ORIGIN, textRecord } from '../peek/copy-records.js';
import { MAXIMUM_ORIGINS } from '../peek/copy-taps.js';
import { parseObject } from '../peek/peek-protocol.js';
import { DIRECTIONS } from '../plan/mirror-plan.js';
import { TEXT_BOUNDS, toLine } from '../resources/text.js';
import type { KnownOrigin } from './peeker.js';

/** Characters of all origins together, as JSON. The daemon keeps each of them about three times. */
const MAXIMUM_ORIGIN_CHARACTERS = 16 << 20;

export class PeekOrigins {
  /** By JSON. */
  readonly #known = new Map<string, KnownOrigin>();
  #characters = 0;

  clear(): void {
    this.#known.clear();
    this.#characters = 0;
  }

  /** The origin of a text that an engine sent; undefined when there are too many. @throws RangeError for none */
  of(text: string): KnownOrigin | undefined {
    const origin = parseOrigin(text);
    if (origin === undefined) throw new RangeError('an origin of copies that is none');
    const clean = JSON.stringify(origin);
    const known = this.#known.get(clean);
    if (known !== undefined) return known;
    const isFull =
      this.#known.size >= MAXIMUM_ORIGINS || this.#characters + clean.length > MAXIMUM_ORIGIN_CHARACTERS;
    if (isFull) return undefined;
    const number = this.#known.size + 1;
    const added: KnownOrigin = { number, origin, record: textRecord(RECORD_ORIGIN, number, clean) };
    this.#known.set(clean, added);
    this.#characters += clean.length;
    return added;
  }
}

/** Reads an origin. Whoever prints it does so on a terminal. @returns undefined when it is none. */
function parseOrigin(text: string): CopyOrigin | undefined {
  const value = parseObject(text) ?? {};
  const direction = DIRECTIONS.find((known) => known === value.direction);
  const texts = [value.sourceId, value.device, value.sessionId, value.rule];
  if (direction === undefined || !texts.every(isShort)) return undefined;
  const [sourceId = '', device = '', sessionId = '', rule = ''] = texts.map(toLine);
  return { sourceId, device, direction, sessionId, rule };
}

/** Ids have so many characters at most, and names of devices and rules fewer. */
function isShort(value: unknown): value is string {
  return typeof value === 'string' && value.length <= TEXT_BOUNDS.identifier;
}
