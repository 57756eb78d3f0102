/** The program itself, its modules and its runtime: /usr/lib/traffic-mirror. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PackageError, run } from './command.js';
import { filesBelow } from './files-below.js';
import { LAYOUT } from './layout.js';
import { filesOfModule, type Module } from './production-modules.js';
import type { Runtime } from './runtime.js';
import type { Stage } from './stage.js';

/** By the program itself: the addons, and a module with a large part of the others behind it each. */
const IMPORTED = ['koffi', 'cap', 'raw-socket', 'pino', 'pino-pretty', 'prom-client', 'zod', 'yaml'];

const CONSOLE = 'dist/console/www';

export interface Description {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly author: string;
}

/** @param version of the package, which the program says with `--version`. */
export function stageProgram(stage: Stage, root: string, description: Description, version: string): void {
  for (const file of builtFiles(root)) stage.copy(join(root, file), `${LAYOUT.program}/${file}`);
  const { name, license } = description;
  const told = { name, version, license, type: 'module', private: true };
  stage.write(`${LAYOUT.program}/package.json`, `${JSON.stringify(told, null, 2)}\n`);
}

/** The console, as `npm run build` leaves it. @throws PackageError when it was not built. */
export function stageConsole(stage: Stage, root: string): void {
  const directory = join(root, CONSOLE);
  if (!existsSync(join(directory, 'index.html')))
    throw new PackageError(`${CONSOLE} is missing: npm run build`);
  for (const file of filesBelow(directory)) {
    stage.copy(join(directory, file), `${LAYOUT.program}/${CONSOLE}/${file}`);
  }
}

/** Only what has a source: a build leaves what was built of files that are no more. */
function builtFiles(root: string): string[] {
  const built = filesBelow(join(root, 'src'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => `dist/src/${file.replace(/\.ts$/, '.js')}`);
  const missing = built.find((file) => !existsSync(join(root, file)));
  if (missing !== undefined) throw new PackageError(`${missing} is missing: npm run build`);
  return built;
}

export function stageModules(stage: Stage, root: string, modules: readonly Module[]): void {
  for (const module of modules) {
    for (const file of filesOfModule(root, module)) {
      stage.copy(join(root, module.path, file), `${LAYOUT.program}/${module.path}/${file}`);
    }
  }
}

export function stageRuntime(stage: Stage, runtime: Runtime): void {
  stage.copy(runtime.path, LAYOUT.node, 0o755);
}

/** Takes what only a debugger reads out of every binary. @returns them, as paths of the package. */
export function stripBinaries(stage: Stage): string[] {
  const binaries = stage
    .files(LAYOUT.program)
    .filter((file) => file.endsWith('.node') || file === LAYOUT.node);
  for (const binary of binaries) {
    run('strip', [
      '--strip-unneeded',
      '--remove-section=.comment',
      '--remove-section=.note',
      stage.at(binary),
    ]);
  }
  return binaries;
}

/**
 * Starts what was packed as the installed command starts it, and loads every module that the program imports.
 * @throws PackageError when a part of it is missing.
 */
export function tryProgram(stage: Stage, runtime: Runtime, modules: readonly Module[]): void {
  const node = stage.at(LAYOUT.node);
  const options = { environment: { PATH: process.env.PATH }, directory: stage.at(LAYOUT.program) };
  const configuration = stage.at(LAYOUT.configuration);
  run(node, [runtime.noInspector, stage.at(LAYOUT.main), 'check', '--config', configuration], options);
  const names = modules.filter(({ path, name }) => path === `node_modules/${name}`).map(({ name }) => name);
  const direct = names.filter((name) => IMPORTED.includes(name));
  const load = direct.map((name) => `await import(${JSON.stringify(name)});`).join('\n');
  run(node, ['--input-type=module', '--eval', load], options);
}
