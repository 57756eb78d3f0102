/** What an import tells on standard error: one line for each thing that was left out, replaced or taken for granted. */
import type { ProblemPath } from '../resources/problem.js';
import type { SourceDocument } from './documents.js';

/** Where something stands in the input. */
export interface Place {
  readonly document: SourceDocument;
  readonly path: ProblemPath;
}

interface Ignored {
  readonly place: Place;
  readonly what: string;
  readonly why: string;
  count: number;
}

export class Notes {
  readonly #ignored = new Map<string, Ignored>();
  readonly #lines: string[] = [];

  /** Tells a thing at a place. */
  tell(place: Place, text: string): void {
    this.#lines.push(`${formatPlace(place)}: ${text}`);
  }

  /** Tells an attribute that is ignored; the same one of other resources of the file is counted. */
  ignore(place: Place, what: string, why: string): void {
    const key = `${place.document.file}\n${what}`;
    const known = this.#ignored.get(key);
    if (known === undefined) this.#ignored.set(key, { place, what, why, count: 1 });
    else known.count += 1;
  }

  get lines(): readonly string[] {
    const ignored = [...this.#ignored.values()].map(({ place, what, why, count }) => {
      const times = count === 1 ? '' : ` (${count} times)`;
      return `${formatPlace(place)}: ${what} is ignored${times}: ${why}`;
    });
    return [...ignored, ...this.#lines];
  }
}

/** `FILE:LINE`. */
function formatPlace({ document, path }: Place): string {
  return `${document.file}:${document.lineOf(path)}`;
}
