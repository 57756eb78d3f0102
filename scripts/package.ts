/**
 * Makes a Debian package of what is built: `npm run package`. It holds the program, its node modules and the Node.js that
 * this runs in, so the machine that it is installed on needs none.
 *
 *     npm run package -- [--version VERSION] [--output DIRECTORY] [--compression xz|gzip|none]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { architecture, buildDeb, libraryPackages } from './package/build-deb.js';
import { PackageError, run } from './package/command.js';
import { debianChangelog, debianVersion, isDebianVersion, maintainer } from './package/control.js';
import { copyright } from './package/copyright.js';
import { LAYOUT } from './package/layout.js';
import { missingAddons, productionModules } from './package/production-modules.js';
import {
  type Description,
  stageConsole,
  stageModules,
  stageProgram,
  stageRuntime,
  stripBinaries,
  tryProgram,
} from './package/program-files.js';
import { findRuntime } from './package/runtime.js';
import { sbom } from './package/sbom.js';
import { stageShellFiles } from './package/shell-files.js';
import { Stage } from './package/stage.js';
import { stageDocuments, stageSystemFiles } from './package/system-files.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COMPRESSIONS = ['xz', 'gzip', 'none'];
const MEBIBYTE = 1 << 20;

interface Options {
  /** Of the package. */
  readonly version: string;
  /** That the program says of itself. */
  readonly programVersion: string;
  readonly output: string;
  readonly compression: string;
}

const description = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Description;
try {
  console.log(makePackage(readOptions()));
} catch (error) {
  if (!(error instanceof PackageError)) throw error;
  console.error(`package: ${error.message}`);
  process.exit(1);
}

function readOptions(): Options {
  const string = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ options: { version: string, output: string, compression: string } });
    const { output = join(ROOT, 'dist'), compression = 'xz' } = values;
    const programVersion = values.version ?? description.version;
    const version = debianVersion(programVersion);
    if (isDebianVersion(version) && COMPRESSIONS.includes(compression)) {
      return { version, programVersion, output, compression };
    }
  } catch {
    // What it says is in the usage.
  }
  console.error(
    `usage: package [--version VERSION] [--output DIRECTORY] [--compression ${COMPRESSIONS.join('|')}]`,
  );
  process.exit(2);
}

/** @returns a line that tells what was made. */
function makePackage({ version, programVersion, output, compression }: Options): string {
  const began = performance.now();
  const machine = architecture();
  const runtime = findRuntime();
  const modules = productionModules(ROOT);
  for (const name of missingAddons(modules)) {
    console.error(
      `package: without libpcap I/O: ${name} is not built here, which takes libpcap-dev and a compiler`,
    );
  }
  // Not in the checkout, whose own node_modules would be found where one is missing.
  const directory = mkdtempSync(join(tmpdir(), 'traffic-mirror-package-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const stage = new Stage(join(directory, 'root'));
  stageProgram(stage, ROOT, description, programVersion);
  stageConsole(stage, ROOT);
  stageModules(stage, ROOT, modules);
  stageRuntime(stage, runtime);
  stageSystemFiles(stage, ROOT, runtime);
  stageDocuments(stage, ROOT);
  const binaries = stripBinaries(stage);
  tryProgram(stage, runtime, modules);
  stageShellFiles(stage, join(ROOT, 'dist/scripts/write-man-page.js'));

  const time = sourceTime();
  const who = maintainer(description.author, process.env);
  stage.write(`${LAYOUT.documents}/copyright`, copyright(ROOT, runtime, modules));
  stage.write(`${LAYOUT.documents}/sbom.cdx.json`, sbom(ROOT, programVersion, modules, time));
  stage.writeCompressed(`${LAYOUT.documents}/changelog`, debianChangelog(version, who, time));
  stage.copy(join(ROOT, 'package/debian/lintian-overrides'), '/usr/share/lintian/overrides/traffic-mirror');
  mkdirSync(output, { recursive: true });
  const file = join(output, `traffic-mirror_${version}_${machine}.deb`);
  const fields = {
    version,
    architecture: machine,
    maintainer: who,
    libraries: libraryPackages(stage, binaries),
  };
  const unpacked = stage.files().reduce((sum, path) => sum + statSync(stage.at(path)).size, 0);
  buildDeb(stage, join(ROOT, 'package/debian'), fields, { file, compression, time });
  const seconds = Math.round((performance.now() - began) / 1000);
  return `${file}: ${mebibytes(statSync(file).size)}, installed ${mebibytes(unpacked)}, made in ${seconds} s`;
}

/** When the source was committed; outside of a repository, when this was built. */
function sourceTime(): Date {
  if (process.env.SOURCE_DATE_EPOCH !== undefined)
    return new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000);
  try {
    return new Date(Number(run('git', ['-C', ROOT, 'log', '-1', '--format=%ct'])) * 1000);
  } catch {
    return statSync(join(ROOT, 'dist/src/cli/main.js')).mtime;
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
}
