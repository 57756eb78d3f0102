/** Patterns with `*` and `?`, as IAM policies and EC2's filters have them. */

/**
 * True when the whole text fits: `*` stands for any text, `?` for one character. Takes at most the product of the
 * lengths, whatever the pattern; a regular expression would not.
 * @param isEscaping a backslash takes the next character as it is, as in filters of EC2
 */
export function matchesWildcard(pattern: string, text: string, isEscaping = false): boolean {
  const steps = stepsOf(pattern, isEscaping);
  let step = 0;
  let at = 0;
  // Where to go on when what follows the last `*` does not fit: that `*` takes one character more.
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    if (steps[step] === ANY_TEXT) {
      star = step;
      starAt = at;
      step += 1;
    } else if (step < steps.length && (steps[step] === ANY_CHARACTER || steps[step] === text[at])) {
      step += 1;
      at += 1;
    } else if (star >= 0) {
      step = star + 1;
      starAt += 1;
      at = starAt;
    } else return false;
  }
  while (steps[step] === ANY_TEXT) step += 1;
  return step === steps.length;
}

const ANY_TEXT = Symbol('*');
const ANY_CHARACTER = Symbol('?');

function stepsOf(pattern: string, isEscaping: boolean): (string | symbol)[] {
  const steps: (string | symbol)[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    if (isEscaping && character === '\\' && at + 1 < pattern.length) {
      at += 1;
      steps.push(pattern[at] ?? '');
    } else if (character === '*') steps.push(ANY_TEXT);
    else if (character === '?') steps.push(ANY_CHARACTER);
    else steps.push(character);
  }
  return steps;
}
