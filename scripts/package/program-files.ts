/** The program itself, its modules and its runtime: /usr/lib/traffic-mirror. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PackageError, run } from './command.js';
import { filesBelow } from './files-below.js';
import { LAYOUT } from './layout.js';
import { filesOfModule, type Module } from './production-modules.js';
import type { Runtime } from './runtime.js';
import type { Stage } from './stage.js';

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

/** Starts what was packed, as the installed command starts it. @throws PackageError when a part of it is missing. */
export function tryProgram(stage: Stage, runtime: Runtime, modules: readonly Module[]): void {
  const node = stage.at(LAYOUT.node);
  const main = stage.at(LAYOUT.main);
  const packed = `${stage.at(LAYOUT.program)}/node_modules`;
  const names = modules.filter(({ path }) => path.lastIndexOf('node_modules') === 0).map(({ name }) => name);
  // All that the program itself imports, and the addons, which it imports when they are asked for.
  const direct = ['koffi', 'cap', 'raw-socket', 'pino', 'pino-pretty', 'prom-client', 'zod', 'yaml'];
  const wanted = direct.filter((name) => names.includes(name));
  const load = `Promise.all(${JSON.stringify(wanted)}.map((name) => require(require.resolve(name, { paths: [${JSON.stringify(packed)}] }))))`;
  const environment = { PATH: process.env.PATH };
  run(node, [runtime.noInspector, main, 'check', '--config', stage.at(LAYOUT.configuration)], {
    environment,
  });
  run(node, ['--eval', load], { environment, directory: '/' });
}
