/** A command with examples and exit codes, for its help and the man page. */
import { Command } from 'commander';
import {
  EXIT_BAD_INPUT,
  EXIT_DONE,
  EXIT_INTERNAL_ERROR,
  EXIT_NOT_PERMITTED,
  EXIT_WRONG_USAGE,
} from './command-error.js';

/** A command line, and what it does. */
export interface Example {
  readonly line: string;
  readonly meaning: string;
}

/** What exit codes mean where a command does not say it more exactly. */
export const EXIT_MEANINGS: ReadonlyMap<number, string> = new Map([
  [EXIT_DONE, 'done'],
  [EXIT_BAD_INPUT, 'the configuration or the input is bad'],
  [EXIT_WRONG_USAGE, 'wrong usage'],
  [EXIT_NOT_PERMITTED, 'not permitted'],
  [EXIT_INTERNAL_ERROR, 'internal error'],
]);

export class ProgramCommand extends Command {
  readonly #examples: Example[] = [];
  readonly #exits = new Map(EXIT_MEANINGS);

  constructor(name?: string) {
    super(name);
    this.addHelpText('after', () => this.#afterHelp());
  }

  override createCommand(name?: string): ProgramCommand {
    return new ProgramCommand(name);
  }

  get examples(): readonly Example[] {
    return this.#examples;
  }

  get exitMeanings(): ReadonlyMap<number, string> {
    return this.#exits;
  }

  /** @param line as it is typed. @param meaning what it does: a few words, lower case. */
  example(line: string, meaning: string): this {
    this.#examples.push({ line, meaning });
    return this;
  }

  /** Says what an exit code means for this command. */
  exits(code: number, meaning: string): this {
    this.#exits.set(code, meaning);
    return this;
  }

  #afterHelp(): string {
    const examples = this.#examples.flatMap(({ line, meaning }) => [`  ${line}`, `      ${meaning}`]);
    const exits = [...this.#exits].map(([code, meaning]) => `  ${String(code).padEnd(4)}${meaning}`);
    return [...(examples.length > 0 ? ['', 'Examples:', ...examples] : []), '', 'Exit codes:', ...exits].join(
      '\n',
    );
  }
}
