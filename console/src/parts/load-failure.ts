/** Tells a page whose files could not be loaded from one that failed. */

/** The words of Chromium, Firefox, Safari, and of Vite for a style sheet. No browser gives the error a code. */
const WORDS: readonly string[] = [
  'Failed to fetch dynamically imported module',
  'error loading dynamically imported module',
  'Importing a module script failed',
  'Unable to preload CSS',
];

/** True when a file of a page could not be loaded: after an upgrade its name is another one. */
export function isLoadFailure({ message }: Pick<Error, 'message'>): boolean {
  return WORDS.some((words) => message.includes(words));
}
