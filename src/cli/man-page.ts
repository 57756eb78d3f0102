/** The manual page `traffic-mirror(1)`, in the macros of man(7), made from the commands' own definitions. */
import type { Option } from 'commander';
import { DEFAULT_STATE_DIRECTORY } from '../config/schema.js';
import { DEFAULT_CONFIG } from './program.js';
import { EXIT_MEANINGS, type Example, type ProgramCommand } from './program-command.js';

/** The page as roff. */
export function renderManPage(program: ProgramCommand): string {
  const name = program.name();
  const lines = [
    `.TH ${name.toUpperCase()} 1 "" "${name} ${program.version()}" "User Commands"`,
    '.SH NAME',
    `${escaped(name)} \\- mirror the frames of network interfaces to monitoring targets`,
    '.SH SYNOPSIS',
    `.B ${escaped(name)}`,
    '.I command',
    '.RI [ option .\\|.\\|.]',
    '.SH DESCRIPTION',
    ...text(
      `${program.description()} A configuration names targets, filters and sessions; the daemon captures frames, filters ` +
        'them, and sends copies. All other commands look at a configuration, at the daemon that runs, or at captures.',
    ),
    '.PP',
    ...text(
      'Where a file is named, - is standard input or standard output. What is printed besides a capture on standard ' +
        'output goes to standard error. Captures are pcap or pcapng; one that gzip compressed is read as it is.',
    ),
    '.SH OPTIONS',
    ...optionLines(program),
    '.SH COMMANDS',
    ...leavesOf(program).flatMap(({ command, path }) => commandLines(command, path)),
    '.SH EXIT STATUS',
    ...[...EXIT_MEANINGS].flatMap(([code, meaning]) => ['.TP', `.B ${code}`, ...text(`${meaning}.`)]),
    '.SH ENVIRONMENT',
    '.TP',
    '.B NO_COLOR',
    ...text('When set, top does without colours.'),
    '.SH FILES',
    '.TP',
    `.I ${escaped(DEFAULT_CONFIG)}`,
    ...text('The configuration of commands that are given none.'),
    '.TP',
    `.I ${escaped(DEFAULT_STATE_DIRECTORY)}`,
    ...text('The state directory, unless the configuration names another.'),
    '.SH EXAMPLES',
    // A heading begins a paragraph itself.
    ...exampleLines(program.examples).slice(1),
  ];
  return `${lines.join('\n')}\n`;
}

interface Leaf {
  readonly command: ProgramCommand;
  /** `state verify`. */
  readonly path: string;
}

/** The commands that do something, in the order in which the help has them, without `help` itself. */
function leavesOf(command: ProgramCommand, path = ''): Leaf[] {
  const children = command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help') as ProgramCommand[];
  return children.flatMap((child) => {
    const own = path === '' ? child.name() : `${path} ${child.name()}`;
    const below = leavesOf(child, own);
    return below.length > 0 ? below : [{ command: child, path: own }];
  });
}

function commandLines(command: ProgramCommand, path: string): string[] {
  const values = command.registeredArguments.map((argument) => argument.name());
  const usage = [path, ...values.map((value) => value.toUpperCase()), '[option...]'].join(' ');
  const exits = [...command.exitMeanings].filter(([code, meaning]) => EXIT_MEANINGS.get(code) !== meaning);
  return [
    `.SS "${escaped(usage)}"`,
    ...text(sentence(command.description())),
    ...optionLines(command),
    ...(command.examples.length > 0 ? ['.PP', 'Examples:', ...exampleLines(command.examples)] : []),
    ...(exits.length > 0
      ? [
          '.PP',
          ...text(
            sentence(`exit status ${exits.map(([code, meaning]) => `${code}: ${meaning}`).join('; ')}`),
          ),
        ]
      : []),
  ];
}

/** Every command has --help, which is told once, with the program. */
function optionLines(command: ProgramCommand): string[] {
  const isProgram = command.parent === null;
  const options = command.createHelp().visibleOptions(command);
  return options
    .filter((option) => isProgram || option.long !== '--help')
    .flatMap((option) => ['.TP', flags(option), ...text(sentence(describe(option)))]);
}

/** `.BR \-c ", " \-\-config " " \fIfile\fR` */
function flags({ flags: given }: Option): string {
  const [, names = '', value] = /^([^<[]*?)\s*(?:[<[]([^>\]]*)[>\]])?$/.exec(given) ?? [];
  const bold = names.split(/,\s*/).map((name) => `\\fB${escaped(name)}\\fR`);
  return `${bold.join(', ')}${value === undefined ? '' : ` \\fI${escaped(value)}\\fR`}`;
}

function describe({ description, defaultValue, argChoices }: Option): string {
  const choices = argChoices === undefined ? '' : ` (one of ${argChoices.join(', ')})`;
  const isShown = typeof defaultValue === 'string' || typeof defaultValue === 'number';
  return `${description}${choices}${isShown ? ` (default: ${defaultValue})` : ''}`;
}

function exampleLines(examples: readonly Example[]): string[] {
  return examples.flatMap(({ line, meaning }) => [
    '.PP',
    ...text(`${sentence(meaning).replace(/\.$/, '')}:`),
    '.RS',
    '.nf',
    ...text(line),
    '.fi',
    '.RE',
  ]);
}

/** Upper case in front, a full stop behind. */
function sentence(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}${/[.:]$/.test(words) ? '' : '.'}`;
}

/** A line of text: one that begins with a dot or a quote would be a request. */
function text(words: string): string[] {
  const line = escaped(words);
  return [/^[.']/.test(line) ? `\\&${line}` : line];
}

/** Backslashes, quotes and the signs that a terminal would get as others. */
function escaped(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll("'", '\\(aq')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll('`', '\\(ga');
}
