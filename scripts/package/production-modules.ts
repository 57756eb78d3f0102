/** The node modules that the program runs with, and the files of them that running takes. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from './files-below.js';

/** One directory of node_modules. */
export interface Module {
  readonly name: string;
  readonly version: string;
  /** From the checkout: `node_modules/pino`. */
  readonly path: string;
  /** SPDX, as its author gives it. */
  readonly license: string;
}

/** What is read of package-lock.json: a path of node_modules to what was resolved for it. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly license?: string;
}

/** Headers that addons are compiled with. */
const FOR_BUILDING_ONLY = ['nan'];
/** Whose addons need a compiler and headers: they are there or not, and the program does without. */
const BUILT_HERE: Readonly<Record<string, string>> = {
  cap: 'build/Release/cap.node',
  'raw-socket': 'build/Release/raw.node',
};
const RUN_BY_NODE = /\.(js|cjs|mjs|json|node|wasm)$/;
/** At the top of a module; below it, names such as `doc` are its author's own. */
const NOT_RUN =
  /^(tests?|__tests__|docs?|examples?|bench(marks?)?|vendor|deps|\.[^/]+|tsconfig[^/]*|package-lock\.json)(\/|$)/;
/** Steps of a build, and libraries of systems with another C library. */
const NOT_OF_THIS_SYSTEM = /(^|\/)(obj\.target|musl_[^/]*)\//;

/** @returns those that are installed, are no development dependency and are for this system. @param root the checkout. */
export function productionModules(root: string): Module[] {
  const lockfile = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile;
  return chooseModules(lockfile, (path) => existsSync(join(root, path)));
}

/** @param isThere whether a path of the checkout exists. */
export function chooseModules({ packages }: Lockfile, isThere: (path: string) => boolean): Module[] {
  return Object.entries(packages).flatMap(([path, locked]) => {
    const name = path.replace(/^.*node_modules\//, '');
    const addon = BUILT_HERE[name];
    const wanted =
      path.startsWith('node_modules/') &&
      locked.dev !== true &&
      isForThisSystem(locked) &&
      !FOR_BUILDING_ONLY.includes(name) &&
      isThere(path) &&
      (addon === undefined || isThere(join(path, addon)));
    return wanted ? [{ name, path, version: locked.version ?? '', license: locked.license ?? '' }] : [];
  });
}

/** @returns the addons that could be in the package and are not, as they are called on npm. */
export function missingAddons(modules: readonly Module[]): string[] {
  return Object.keys(BUILT_HERE).filter((name) => !modules.some((module) => module.name === name));
}

/** @returns the files of a module that the package takes, from its directory. Modules inside of it have their own turn. */
export function filesOfModule(root: string, module: Module): string[] {
  return filesBelow(join(root, module.path)).filter(isRun);
}

/** Whether a file of a module is there to be run. @param path from the module's directory. */
export function isRun(path: string): boolean {
  return (
    RUN_BY_NODE.test(path) &&
    !NOT_RUN.test(path) &&
    !NOT_OF_THIS_SYSTEM.test(path) &&
    !path.startsWith('node_modules/') &&
    !path.includes('/node_modules/')
  );
}

function isForThisSystem({ os, cpu }: LockedPackage): boolean {
  return (os?.includes(process.platform) ?? true) && (cpu?.includes(process.arch) ?? true);
}
