/** Text in a command that somebody may paste into a shell. */

/** Needs no quotes in any shell. */
const PLAIN = /^[\w.:%@/+=,-]+$/;

/** One word of a shell's command, whatever is in it: a device may be called `;reboot`. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
