/** Which values of options and commands are completed, and how: by their names and choices. */
import { Argument, Option } from 'commander';
import t from 'tap';
import { describeProgram } from '../../../src/cli/completion/program-description.js';
import { ProgramCommand } from '../../../src/cli/program-command.js';

function program(): ProgramCommand {
  const program = new ProgramCommand('x');
  program
    .command('one')
    .description('the one')
    .argument('<files...>', 'to read')
    .option('-w, --write <file>', 'to write')
    .option('--session <id...>', 'only these')
    .option('--source <id>', 'only this')
    .option('--other <id>', 'another id')
    .option('--direction <direction>', 'which')
    .option('--count <number>', 'how many')
    .option('--state <directory>', 'where')
    .option('--once', 'and end')
    .addOption(new Option('--kind <name>', 'of what').choices(['a', 'b']))
    .addOption(new Option('--secret <name>', 'not told').hideHelp());
  program.command('two').addArgument(new Argument('<shell>').choices(['bash', 'zsh']));
  program.command('three', { hidden: true });
  return program;
}

t.test('values', async (t) => {
  const { commands } = describeProgram(program());
  t.strictSame(
    commands.map(({ name }) => name),
    ['one', 'two', 'help'],
    'without what is hidden',
  );
  const [one, two, help] = commands;
  const kinds = Object.fromEntries(one!.options.map(({ long, value }) => [long, value?.kind]));
  t.strictSame(kinds, {
    '--write': { kind: 'file' },
    '--session': { kind: 'id', of: 'session' },
    '--source': { kind: 'id', of: 'source' },
    '--other': { kind: 'text' },
    '--direction': { kind: 'words', words: ['ingress', 'egress'] },
    '--count': { kind: 'text' },
    '--state': { kind: 'directory' },
    '--once': undefined,
    '--kind': { kind: 'words', words: ['a', 'b'] },
    '--help': undefined,
  });
  t.strictSame(one!.values, [{ name: 'files', kind: { kind: 'file' }, isRepeated: true }]);
  t.match(two!.values, [{ kind: { kind: 'words', words: ['bash', 'zsh'] }, isRepeated: false }]);
  t.match(help!.values, [{ kind: { kind: 'words', words: ['one', 'two'] } }], 'help takes a command');
});
