/** Texts of items, made once for all clients of an account that ask for the same status. */

/** Characters that are kept of one status, for all accounts. Texts beyond them are made each time. */
const MOST_CHARACTERS = 2 ** 25;

/** What is kept of one status. */
export class TextRoom {
  readonly #most: number;
  #characters = 0;

  constructor(most = MOST_CHARACTERS) {
    this.#most = most;
  }

  /** Takes room for a text. @returns false: there is none */
  take(characters: number): boolean {
    if (this.#characters + characters > this.#most) return false;
    this.#characters += characters;
    return true;
  }
}

/** The texts of one account. */
export class ItemTexts {
  readonly #room: TextRoom;
  readonly #texts = new Map<unknown, string>();

  constructor(room: TextRoom) {
    this.#room = room;
  }

  /** The text of an item. @param key the same for the same @returns undefined: there is no such item */
  of(key: unknown, make: () => object | undefined): string | undefined {
    const kept = this.#texts.get(key);
    if (kept !== undefined) return kept;
    const text = JSON.stringify(make()) as string | undefined;
    if (text !== undefined && this.#room.take(text.length)) this.#texts.set(key, text);
    return text;
  }
}
