/** A Node.js that is too old is told in one line, by a file that it can parse. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import ts from 'typescript';
import { COMMAND, environment, skipWithoutBuild } from '../fixtures/live/daemon/command.js';
import { fromRoot } from '../fixtures/root.js';

/** Of another version, as far as the program can see. */
function runAs(
  version: string,
  directory: string,
): { status: number | null; stdout: string; stderr: string } {
  const preload = `${directory}/version.cjs`;
  writeFileSync(
    preload,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });\n`,
  );
  return spawnSync(process.execPath, ['--require', preload, COMMAND, '--version'], {
    encoding: 'utf8',
    env: environment,
  });
}

for (const version of ['12.22.12', '18.19.0', '20.9.0']) {
  t.test(version, { skip: skipWithoutBuild }, async (t) => {
    const { status, stdout, stderr } = runAs(version, t.testdir());
    t.equal(status, 2);
    t.equal(stdout, '');
    t.equal(
      stderr,
      `traffic-mirror: needs Node.js 20.10 or later; this is ${version}, ${process.execPath}\n`,
    );
  });
}

for (const version of ['20.10.0', '22.0.0', '100.1.1']) {
  t.test(version, { skip: skipWithoutBuild }, async (t) => {
    const { status, stderr } = runAs(version, t.testdir());
    t.equal(status, 0);
    t.equal(stderr, '');
  });
}

t.test('the same version stands in package.json', async (t) => {
  const { engines } = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as {
    engines: { node: string };
  };
  t.equal(engines.node, '>=20.10');
});

t.test('an old Node.js can parse it', { skip: skipWithoutBuild }, async (t) => {
  const text = readFileSync(COMMAND, 'utf8');
  const file = ts.createSourceFile('main.js', text, ts.ScriptTarget.Latest, true);
  const imports = file.statements.filter((statement) => ts.isImportDeclaration(statement));
  t.same(imports, [], 'nothing is imported before it runs');
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2020, module: ts.ModuleKind.ES2020 },
  });
  const plain = (code: string): string => code.replace(/^\/\/# sourceMappingURL=.*$/m, '').trim();
  t.equal(plain(outputText), plain(text), 'nothing has to be rewritten for 2020');
});
