/** Colours of a terminal: text keeps its width. */

/** What a piece of text says. */
export type Style = 'plain' | 'good' | 'doubtful' | 'bad' | 'heading' | 'faint';

/** Puts what switches colours around text that is safe and has its width. */
export type Paint = (style: Style, text: string) => string;

/** Select graphic rendition (ECMA-48 section 8.3.117): parameters by style. */
const PARAMETERS: Readonly<Record<Style, string>> = {
  plain: '',
  good: '32',
  doubtful: '33',
  bad: '1;31',
  heading: '7',
  faint: '2',
};

export const paintNothing: Paint = (_, text) => text;

export const paintColours: Paint = (style, text) =>
  style === 'plain' || text === '' ? text : `\x1b[${PARAMETERS[style]}m${text}\x1b[0m`;

/** Colours only where a terminal shows them and the user did not refuse them: no-color.org. */
export function choosePaint(isTerminal: boolean, { NO_COLOR = '', TERM }: NodeJS.ProcessEnv): Paint {
  return isTerminal && NO_COLOR === '' && TERM !== 'dumb' ? paintColours : paintNothing;
}
