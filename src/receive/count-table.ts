/**
 * Counts by key, for keys that a stranger chooses: a fixed number of rows, and a bounded search for each. What finds no
 * row counts in one more, which stands for all others. A key is five 32-bit words.
 */

const KEY_WORDS = 5;
/** Slots for each row: few keys meet. */
const SLOTS_PER_ROW = 4;
/** A search looks at so many slots at most. Without the seed nobody can choose keys that meet. */
const MAXIMUM_PROBES = 64;

export class CountTable {
  readonly capacity: number;
  /** By row; the row `capacity` has all others. */
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
  readonly #keys: Int32Array;
  /** Row + 1; 0: free. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #seed: number;
  #rows = 0;
  /** Neighbours are often alike. */
  #lastRow = -1;

  /** @param seed a random 32-bit integer */
  constructor(capacity: number, seed: number) {
    this.capacity = capacity;
    this.packets = new Float64Array(capacity + 1);
    this.bytes = new Float64Array(capacity + 1);
    this.#keys = new Int32Array(capacity * KEY_WORDS);
    const slots = 2 ** Math.ceil(Math.log2(capacity * SLOTS_PER_ROW));
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
    this.#seed = seed | 0;
  }

  /** How many rows have a key. They come first, in the order in which they were made. */
  get rows(): number {
    return this.#rows;
  }

  /** Finds or makes the row of a key. @returns `capacity` when there is no room for it */
  rowOf(a: number, b = 0, c = 0, d = 0, e = 0): number {
    if (this.#lastRow >= 0 && this.#hasKey(this.#lastRow, a, b, c, d, e)) return this.#lastRow;
    const start = this.#hash(a, b, c, d, e);
    for (let probe = 0; probe < MAXIMUM_PROBES; probe++) {
      const slot = (start + probe) & this.#mask;
      const row = this.#slots[slot] - 1;
      if (row < 0) return this.#add(slot, a, b, c, d, e);
      if (this.#hasKey(row, a, b, c, d, e)) {
        this.#lastRow = row;
        return row;
      }
    }
    return this.capacity;
  }

  /** Counts a packet in a row. */
  count(row: number, bytes: number): void {
    this.packets[row] += 1;
    this.bytes[row] += bytes;
  }

  /** A word of a row's key. @param word 0–4 */
  key(row: number, word: number): number {
    return this.#keys[row * KEY_WORDS + word];
  }

  #add(slot: number, a: number, b: number, c: number, d: number, e: number): number {
    if (this.#rows === this.capacity) return this.capacity;
    const row = this.#rows;
    const at = row * KEY_WORDS;
    this.#keys[at] = a;
    this.#keys[at + 1] = b;
    this.#keys[at + 2] = c;
    this.#keys[at + 3] = d;
    this.#keys[at + 4] = e;
    this.#slots[slot] = row + 1;
    this.#rows += 1;
    return row;
  }

  #hasKey(row: number, a: number, b: number, c: number, d: number, e: number): boolean {
    const keys = this.#keys;
    const at = row * KEY_WORDS;
    return (
      keys[at] === a && keys[at + 1] === b && keys[at + 2] === c && keys[at + 3] === d && keys[at + 4] === e
    );
  }

  /** MurmurHash3 (32 bits) of the words. */
  #hash(a: number, b: number, c: number, d: number, e: number): number {
    let hash = mix(mix(mix(mix(mix(this.#seed, a), b), c), d), e);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }
}

function mix(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e2d51);
  const rotated = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  return Math.imul((rotated << 13) | (rotated >>> 19), 5) + 0xe6546b64;
}
