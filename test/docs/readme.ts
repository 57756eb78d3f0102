/** README's table of commands has every command, with the options that it needs, and no option that is not there. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { buildProgram } from '../../src/cli/program.js';
import type { ProgramCommand } from '../../src/cli/program-command.js';
import { fromRoot } from '../fixtures/root.js';

const page = readFileSync(fromRoot('README.md'), 'utf8');

interface Row {
  /** `state verify`. */
  readonly path: string;
  readonly options: readonly string[];
}

/** The commands that do something, by their path. */
function leaves(command: ProgramCommand, path: readonly string[]): [string, ProgramCommand][] {
  const children = command.createHelp().visibleCommands(command) as ProgramCommand[];
  const below = children.filter((child) => child.name() !== 'help');
  if (below.length === 0) return [[path.join(' '), command]];
  return below.flatMap((child) => leaves(child, [...path, child.name()]));
}

const commands = new Map(leaves(buildProgram(), []));
const rows = [...page.matchAll(/^\| `traffic-mirror ([^`]+)`/gm)].map(([, usage = '']): Row => {
  const words = usage.split(' ');
  const end = words.findIndex((word) => !/^[a-z]+$/.test(word));
  return {
    path: words.slice(0, end < 0 ? words.length : end).join(' '),
    options: usage.match(/--?[a-z][a-z-]*/g) ?? [],
  };
});

t.test('a row for every command, and for no other', async (t) => {
  t.same(rows.map(({ path }) => path).toSorted(), [...commands.keys()].toSorted());
});

t.test('options', async (t) => {
  for (const { path, options } of rows) {
    const known = commands.get(path)?.options ?? [];
    const names = known.flatMap(({ short, long }) => [short, long]);
    for (const option of options) t.ok(names.includes(option), `${path}: ${option}`);
    for (const { long, mandatory } of known) {
      if (mandatory) t.ok(options.includes(long ?? ''), `${path} needs ${long}`);
    }
  }
});

t.test('exit codes', async (t) => {
  const [, told = ''] = /Exit codes: (.*)\./.exec(page) ?? [];
  const codes = told.split(', ').map((part) => Number(part.split(' ')[0]));
  t.same(codes, [...buildProgram().exitMeanings.keys()]);
});
