/** The commands of the program as plain data, which the scripts for shells are made from. */
import type { Argument, Option } from 'commander';
import { DIRECTIONS } from '../../plan/mirror-plan.js';
import type { ProgramCommand } from '../program-command.js';

/** Which ids of the configuration complete a value: `source`, interfaces that have sessions; `session`, sessions. */
export type IdKind = 'source' | 'session';

/** How a value is completed: a file, a directory, an id of the configuration, one of some words, or not at all. */
export type ValueKind =
  | { readonly kind: 'file' | 'directory' | 'text' }
  | { readonly kind: 'id'; readonly of: IdKind }
  | { readonly kind: 'words'; readonly words: readonly string[] };

export interface OptionDescription {
  /** `-c`; absent: it has none. */
  readonly short: string | undefined;
  /** `--config`. */
  readonly long: string | undefined;
  readonly description: string;
  /** The name of its value, and how it is completed; absent: it takes none. */
  readonly value: { readonly name: string; readonly kind: ValueKind } | undefined;
}

export interface CommandDescription {
  /** `state verify`; empty: the program itself. */
  readonly path: string;
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionDescription[];
  /** Values that are no options, in their order; the last may be repeated. */
  readonly values: readonly {
    readonly name: string;
    readonly kind: ValueKind;
    readonly isRepeated: boolean;
  }[];
  readonly commands: readonly CommandDescription[];
}

/** The program, and its commands below it. */
export type ProgramDescription = CommandDescription;

/** Hidden commands are left out. */
export function describeProgram(program: ProgramCommand): ProgramDescription {
  return describe(program, '', []);
}

/** A command and all below it. */
export function allCommands(command: CommandDescription): CommandDescription[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

/** The names of an option: `-c`, `--config`. */
export function namesOf({ short, long }: OptionDescription): string[] {
  return [short, long].flatMap((name) => name ?? []);
}

/** @param siblings names of the commands beside it, of which `help` takes one. */
function describe(command: ProgramCommand, path: string, siblings: readonly string[]): CommandDescription {
  const help = command.createHelp();
  const children = help.visibleCommands(command);
  const names = children.map((child) => child.name());
  const commands = children.map((child) => {
    const childPath = path === '' ? child.name() : `${path} ${child.name()}`;
    return describe(child as ProgramCommand, childPath, names);
  });
  return {
    path,
    name: command.name(),
    description: command.description(),
    options: help.visibleOptions(command).map(describeOption),
    values: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      kind:
        argument.name() === 'command'
          ? { kind: 'words', words: siblings.filter((name) => name !== command.name()) }
          : kindOf(argument.name(), argument, undefined),
      isRepeated: argument.variadic,
    })),
    commands,
  };
}

function describeOption(option: Option): OptionDescription {
  // `<id...>` takes several.
  const [, name] = /[<[]([^>\]]+?)(?:\.\.\.)?[>\]]/.exec(option.flags) ?? [];
  return {
    short: option.short,
    long: option.long,
    description: option.description,
    value: name === undefined ? undefined : { name, kind: kindOf(name, option, option.attributeName()) },
  };
}

/** @param name of the value, as in `<file>`. @param option the name of the option, if it is one. */
function kindOf(
  name: string,
  { argChoices }: Pick<Argument, 'argChoices'>,
  option: string | undefined,
): ValueKind {
  if (argChoices !== undefined) return { kind: 'words', words: argChoices };
  if (/^files?$/i.test(name)) return { kind: 'file' };
  if (/^directory$/i.test(name)) return { kind: 'directory' };
  if (name === 'id' && (option === 'source' || option === 'session')) return { kind: 'id', of: option };
  if (name === 'direction') return { kind: 'words', words: DIRECTIONS };
  return { kind: 'text' };
}
