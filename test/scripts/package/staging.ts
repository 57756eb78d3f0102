/** The files of the package, gathered from this checkout: all but the runtime, which is large. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { architecture, buildDeb, libraryPackages } from '../../../scripts/package/build-deb.js';
import { copyright } from '../../../scripts/package/copyright.js';
import { LAYOUT } from '../../../scripts/package/layout.js';
import { productionModules } from '../../../scripts/package/production-modules.js';
import {
  type Description,
  stageModules,
  stageProgram,
  tryProgram,
} from '../../../scripts/package/program-files.js';
import { findRuntime } from '../../../scripts/package/runtime.js';
import { type Bom, sbom } from '../../../scripts/package/sbom.js';
import { stageShellFiles } from '../../../scripts/package/shell-files.js';
import { Stage } from '../../../scripts/package/stage.js';
import { stageDocuments, stageSystemFiles } from '../../../scripts/package/system-files.js';
import { skipWithoutBuild } from '../../fixtures/live/daemon/command.js';
import { runTool, skipWithoutTool } from '../../fixtures/live/oracle/tool.js';
import { temporaryDirectory } from '../../fixtures/package/packages.js';
import { fromRoot } from '../../fixtures/root.js';

const ROOT = fromRoot('');
const skipUnlessPackaging = skipWithoutTool('dpkg-deb') || skipWithoutTool('dpkg-shlibdeps');
const description = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as Description;

t.test('gathered', { skip: skipWithoutBuild }, async (t) => {
  // Outside of the checkout, as when a package is made: a module that is missing would be found there.
  const stage = new Stage(temporaryDirectory(t));
  const runtime = findRuntime();
  const modules = productionModules(ROOT);
  stageProgram(stage, ROOT, description, '9.8.7');
  stageModules(stage, ROOT, modules);
  stageSystemFiles(stage, ROOT, runtime);
  stageDocuments(stage, ROOT);
  stage.writeExecutable(LAYOUT.node, `#!/bin/sh\nexec ${runtime.path} "$@"\n`);

  t.test('runs by itself', async (t) => {
    tryProgram(stage, runtime, modules);
    const told = runTool(stage.at(LAYOUT.node), [stage.at(LAYOUT.main), '--version']);
    t.strictSame(told, { exitCode: 0, output: '9.8.7\n' });
  });

  t.test('does not run without one of its modules', async (t) => {
    const without = new Stage(temporaryDirectory(t));
    stageProgram(without, ROOT, description, '9.8.7');
    stageModules(
      without,
      ROOT,
      modules.filter(({ name }) => name !== 'yaml'),
    );
    stageSystemFiles(without, ROOT, runtime);
    without.writeExecutable(LAYOUT.node, `#!/bin/sh\nexec ${runtime.path} "$@"\n`);
    t.throws(() => tryProgram(without, runtime, modules), { message: /Cannot find package 'yaml'/ });
  });

  t.test('has what runs, and nothing else', async (t) => {
    const files = stage.files(LAYOUT.program);
    t.strictSame(
      files.filter((file) => !/\.(js|cjs|mjs|json|node|wasm)$|\/bin\/node$/.test(file)),
      [],
    );
    t.equal(files.filter((file) => file.endsWith('koffi.node')).length, 1, 'koffi for this system alone');
    t.notOk(files.some((file) => /node_modules\/(typescript|tap|nan)\//.test(file)));
    t.equal(files.filter((file) => /\/node_modules\/cap\/.*\.node$/.test(file)).length <= 1, true);
  });

  t.test('completes in three shells, and has a manual page', async (t) => {
    stageShellFiles(stage, fromRoot('dist/scripts/write-man-page.js'));
    const text = (path: string): string => Buffer.from(stage.read(path)).toString();
    t.match(text('/usr/share/bash-completion/completions/traffic-mirror'), /^complete .*traffic-mirror/m);
    t.match(text('/usr/share/zsh/vendor-completions/_traffic-mirror'), /^#compdef traffic-mirror/);
    t.match(text('/usr/share/fish/vendor_completions.d/traffic-mirror.fish'), /^complete .*traffic-mirror/m);
    const page = gunzipSync(stage.read(`${LAYOUT.manualPages}/traffic-mirror.1.gz`)).toString();
    t.match(page, /^\.TH TRAFFIC-MIRROR 1 /);
  });

  t.test('has documents whose links hold', async (t) => {
    const documents = stage.files(`${LAYOUT.documents}/docs`);
    t.ok(documents.includes(`${LAYOUT.documents}/docs/operations.md`));
    t.ok(stage.files(`${LAYOUT.documents}/config`).includes(`${LAYOUT.documents}/config/example.yaml`));
    t.notOk(
      stage.files(LAYOUT.documents).some((file) => file.endsWith('.service')),
      'one unit, in its place',
    );
  });

  t.test('quotes every licence', async (t) => {
    const text = copyright(ROOT, runtime, modules);
    for (const { name, version } of modules) t.ok(text.includes(`\n${name} ${version}: `), name);
    t.ok(text.includes(`Node.js ${process.versions.node}: `));
    t.ok(text.includes('OpenSSL'), 'and those of what is linked into Node.js');
  });

  t.test('lists its parts', async (t) => {
    const bom = JSON.parse(sbom(ROOT, '9.8.7', modules, new Date(0))) as Bom;
    t.match(bom, {
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'traffic-mirror', version: '9.8.7' } },
    });
    const listed = bom.components.filter(({ purl }) => purl?.startsWith('pkg:npm/'));
    t.strictSame(
      [...new Set(listed.map(({ name, version }) => `${name}@${version}`))].sort(),
      [...new Set(modules.map(({ name, version }) => `${name}@${version}`))].sort(),
    );
  });

  t.test('becomes a Debian package', { skip: skipUnlessPackaging }, async (t) => {
    const addons = stage.files(LAYOUT.program).filter((file) => file.endsWith('.node'));
    const libraries = libraryPackages(stage, addons);
    t.match(libraries, /\blibc6 \(>= [\d.]+\)/);
    t.equal(
      /\blibpcap/.test(libraries),
      addons.some((file) => file.endsWith('cap.node')),
      libraries,
    );
    const file = `${temporaryDirectory(t)}/made.deb`;
    const fields = {
      version: '9.8.7',
      architecture: architecture(),
      maintainer: 'a <a@b.example>',
      libraries,
    };
    const time = new Date('2026-01-02T03:04:05Z');
    buildDeb(stage, fromRoot('package/debian'), fields, { file, compression: 'none', time });
    const dpkgDeb = (...args: string[]) => runTool('dpkg-deb', args).output;
    t.match(dpkgDeb('--field', file), `\nVersion: 9.8.7\n`);
    t.match(dpkgDeb('--field', file, 'Depends'), `adduser, ${libraries}\n`);
    t.equal(dpkgDeb('--info', file, 'conffiles'), `${LAYOUT.configuration}\n`);
    for (const script of ['postinst', 'prerm', 'postrm']) {
      t.equal(dpkgDeb('--info', file, script), readFileSync(fromRoot(`package/debian/${script}`), 'utf8'));
    }
    const lines = dpkgDeb('--contents', file).trim().split('\n');
    t.strictSame(
      lines.filter((line) => !/^[d-](rwxr-xr-x|rw-r--r--|rw-r-----) root\/root /.test(line)),
      [],
    );
    t.strictSame(
      lines.filter((line) => !/ 2026-01-02 /.test(line)),
      [],
      'nothing is newer than the source',
    );
    t.match(
      lines.find((line) => line.endsWith(` .${LAYOUT.configuration}`)),
      /^-rw-r----- /,
    );
  });
});
