/** `traffic-mirror completion`: a script that completes commands, options and their values in a shell. */
import { looseTexts } from '../../config/loose.js';
import { toLine } from '../../resources/text.js';
import type { ProgramCommand } from '../program-command.js';
import { bashScript } from './bash.js';
import { fishScript } from './fish.js';
import { describeProgram, type IdKind, type ProgramDescription } from './program-description.js';
import { zshScript } from './zsh.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } satisfies Record<
  string,
  (program: ProgramDescription) => string
>;

/** Prints the script of a shell. */
export function completion(program: ProgramCommand, shell: keyof typeof SCRIPTS): void {
  process.stdout.write(SCRIPTS[shell](describeProgram(program)));
}

/** Prints the ids of a configuration, one on a line, for the scripts. A file that cannot be read has none. */
export async function completionIds(kind: IdKind, config: string | undefined): Promise<void> {
  if (config === undefined) return;
  const field = kind === 'source' ? 'networkInterfaceId' : 'trafficMirrorSessionId';
  const ids = (await looseTexts(config, 'trafficMirrorSessions', field)).filter(
    (id) => id !== '' && toLine(id) === id,
  );
  for (const id of new Set(ids)) process.stdout.write(`${id}\n`);
}
