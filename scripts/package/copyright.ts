/** /usr/share/doc/traffic-mirror/copyright: the licences of everything that is in the package. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Module } from './production-modules.js';
import type { Runtime } from './runtime.js';

const LICENSE_FILE = /^(licen[cs]e|copying|notice)([-.].*)?$/i;
/** Written by the build of the console: of what is bundled into it. */
const LICENSES = 'dist/console/www/LICENSES.txt';
const RULE = `\n\n${'-'.repeat(80)}\n\n`;

/** @param root the checkout. */
export function copyright(root: string, runtime: Runtime, modules: readonly Module[]): string {
  const parts = [
    `traffic-mirror\n\n${readFileSync(join(root, 'LICENSE'), 'utf8').trim()}`,
    ...modules.map((module) => ofModule(root, module)),
    `The console: /usr/lib/traffic-mirror/${LICENSES.replace(/[^/]+$/, '')}\n\n${readFileSync(join(root, LICENSES), 'utf8').trim()}`,
    `Node.js ${runtime.version}: /usr/lib/traffic-mirror/bin/node\n\n${runtime.license.trim()}`,
  ];
  const head =
    'This package holds traffic-mirror, node modules that it runs with, and Node.js. Each has its own licence, quoted\n' +
    'here whole. Debian has the texts of common licences in /usr/share/common-licenses too.';
  return `${[head, ...parts].join(RULE)}\n`;
}

function ofModule(root: string, { name, version, path, license }: Module): string {
  const directory = join(root, path);
  const texts = readdirSync(directory)
    .filter((file) => LICENSE_FILE.test(file))
    .map((file) => readFileSync(join(directory, file), 'utf8').trim());
  const title = `${name} ${version}: /usr/lib/traffic-mirror/${path}`;
  return [title, ...(texts.length > 0 ? texts : [declared(directory, license)])].join('\n\n');
}

/** For modules that name their licence and do not quote it. */
function declared(directory: string, license: string): string {
  const { author } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { author?: Author };
  const by = typeof author === 'string' ? author : author?.name;
  return `Licence: ${license}. Its package has no other text of it.${by === undefined ? '' : ` Author: ${by}.`}`;
}

type Author = string | { readonly name?: string };
