/** The manual page: every command and option, and roff that formatters take without a warning. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { renderManPage } from '../../src/cli/man-page.js';
import { buildProgram } from '../../src/cli/program.js';
import { ProgramCommand } from '../../src/cli/program-command.js';
import { skipWithoutTool } from '../fixtures/live/oracle/tool.js';

const page = renderManPage(buildProgram());

t.test('every command and every option', async (t) => {
  const program = buildProgram();
  const text = page.replaceAll('\\-', '-').replaceAll(/\\f[BIR]/g, '');
  for (const command of program.createHelp().visibleCommands(program)) {
    if (command.name() === 'help') continue;
    t.match(text, new RegExp(`^\\.SS "${command.name()} `, 'm'), command.name());
    for (const { long } of command.options)
      t.match(text, new RegExp(`^(-\\w, )?${long}( |$)`, 'm'), `${long}`);
  }
  t.notMatch(text, 'completion-ids', 'not what is hidden');
  t.match(text, '.SH "EXIT STATUS"'.replaceAll('"', ''), 'exit codes');
});

t.test('what roff acts on is text', async (t) => {
  const program = new ProgramCommand('x')
    .version('1')
    .description('.starts with a dot')
    .example("'quoted \\ and - and ~", '.dot');
  program.command('one').description('\'a quote "in" front').option('--o <v>', '.a \\fB dot');
  const made = renderManPage(program);
  const requests = made.split('\n').filter((line) => /^[.']/.test(line));
  const known = /^\.(TH|SH|SS|TP|PP|RS|RE|nf|fi|B|I|RI)( |$)/;
  t.same(
    requests.filter((line) => !known.test(line)),
    [],
  );
  t.match(made, '\\e and \\- and \\(ti');
  t.notMatch(made, /\\fB dot/);
});

t.test('groff', { skip: skipWithoutTool('groff') }, async (t) => {
  const { status, stderr, stdout } = spawnSync('groff', ['-man', '-ww', '-Tutf8', '-K', 'utf8'], {
    input: page,
    encoding: 'utf8',
  });
  t.equal(status, 0);
  t.equal(stderr, '', 'no warning');
  t.match(stdout, /^ +traffic-mirror +- mirror the frames of network interfaces/m);
});

t.test('man', { skip: skipWithoutTool('man') }, async (t) => {
  const file = `${t.testdir()}/traffic-mirror.1`;
  writeFileSync(file, page);
  const options = { encoding: 'utf8', env: { ...process.env, MANWIDTH: '80', LC_ALL: 'C.UTF-8' } } as const;
  const { stderr, stdout } = spawnSync('man', ['--warnings', '-l', file], options);
  t.equal(stderr, '', 'no warning');
  t.match(stdout, /traffic-mirror +- mirror the frames of network interfaces/);
});

t.test('mandoc', { skip: skipWithoutTool('mandoc') }, async (t) => {
  const file = `${t.testdir()}/traffic-mirror.1`;
  writeFileSync(file, page);
  // A date would make each build another one.
  const { stdout: told } = spawnSync('mandoc', ['-Tlint', '-W', 'warning', file], { encoding: 'utf8' });
  t.same(
    told.split('\n').filter((line) => line !== '' && !line.includes('missing date')),
    [],
  );
});
