/** What the help of each command says: options, examples that can be typed, exit codes. */
import t from 'tap';
import { buildProgram } from '../../src/cli/program.js';
import type { ProgramCommand } from '../../src/cli/program-command.js';

const program = buildProgram();

function allBelow(command: ProgramCommand): ProgramCommand[] {
  return [command, ...(command.commands as ProgramCommand[]).flatMap(allBelow)];
}

const commands = allBelow(program);

/** The help as it is printed, with what stands behind the options. */
function helpOf(command: ProgramCommand): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

for (const command of commands) {
  t.test(`help of ${command.name()}`, async (t) => {
    const text = helpOf(command);
    t.match(text, /^Exit codes:\n {2}0 {3}done\n/m);
    for (const code of command.exitMeanings.keys()) t.match(text, new RegExp(`^ {2}${code} `, 'm'));
    for (const { line } of command.examples) t.match(text, `  ${line}\n`);
    t.notMatch(text, /[^\x20-\x7e\n]/, 'ASCII');
  });
}

t.test('examples use commands and options that are there', async (t) => {
  const examples = commands.flatMap((command) => command.examples);
  t.ok(examples.length >= commands.length - 4, `${examples.length} examples`);
  for (const { line } of examples) {
    const [, typed = ''] = /(?:^|\| |<\()traffic-mirror ([^|>)]*)/.exec(line) ?? [];
    const words = typed.trim().split(/\s+/);
    let command = program;
    while (words.length > 0) {
      const child = (command.commands as ProgramCommand[]).find((one) => one.name() === words[0]);
      if (child === undefined) break;
      command = child;
      words.shift();
    }
    const isHelp = words[0] === 'help';
    t.ok(command !== program || isHelp, `${line}: a command`);
    const names = command.options.flatMap(({ short, long }) => [short, long]);
    for (const word of words.filter((one) => /^--?[a-z]/.test(one)))
      t.ok(names.includes(word), `${line}: ${word}`);
  }
});
