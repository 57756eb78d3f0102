/** What a name that is not there was probably meant to be. */

/** One wrong letter in a short name, three in a long one. */
const LETTERS_PER_MISTAKE = 3;
const MOST_MISTAKES = 3;
/** Names that are compared: a host may have thousands of devices. */
const MOST_NAMES = 10_000;
const LONGEST_NAME = 64;

/** The most similar name; undefined: none is similar. Of several the first. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  let best: string | undefined;
  let fewest = Math.min(MOST_MISTAKES, Math.max(1, Math.floor(name.length / LETTERS_PER_MISTAKE))) + 1;
  let count = 0;
  for (const candidate of known) {
    count += 1;
    if (count > MOST_NAMES) break;
    if (candidate === name || Math.abs(candidate.length - name.length) >= fewest) continue;
    const mistakes = editDistance(name, candidate);
    if (mistakes < fewest) [best, fewest] = [candidate, mistakes];
  }
  return best;
}

/** Letters to insert, delete, replace or exchange with their neighbour (optimal string alignment); case counts half. */
export function editDistance(one: string, other: string): number {
  const width = other.length + 1;
  let twoAbove: number[] = [];
  let above = Array.from({ length: width }, (_, index) => index);
  for (let row = 1; row <= one.length; row++) {
    const line = [row];
    for (let column = 1; column < width; column++) {
      const replaced = (above[column - 1] ?? 0) + difference(one[row - 1], other[column - 1]);
      let least = Math.min(replaced, (above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1);
      const isExchange =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (isExchange) least = Math.min(least, (twoAbove[column - 2] ?? 0) + 1);
      line.push(least);
    }
    twoAbove = above;
    above = line;
  }
  return above[width - 1] ?? 0;
}

function difference(one: string | undefined, other: string | undefined): number {
  if (one === other) return 0;
  return one?.toLowerCase() === other?.toLowerCase() ? 0.5 : 1;
}
