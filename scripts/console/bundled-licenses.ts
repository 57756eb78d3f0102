/** The licences of what is bundled into the console, quoted whole: their notices go with the files. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const LICENSE_FILE = /^(licen[cs]e|copying|notice)([-.].*)?$/i;
const RULE = `\n\n${'-'.repeat(80)}\n\n`;
/** Folders of a package: the last of them in a path is the one that a file belongs to. */
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;

/** What the bundler tells of a file that it made. */
export interface BuiltChunk {
  /** Files that went into it. */
  readonly moduleIds?: readonly string[];
}

interface Description {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** @param root the checkout. @param file where they are written. @throws Error when a package does not tell its licence */
export function writeLicenses(root: string, chunks: readonly BuiltChunk[], file: string): void {
  const head =
    'The console holds parts of these packages. Each has its own licence, quoted here whole. The console itself has the\n' +
    'licence of traffic-mirror, the last here.';
  const own = `traffic-mirror\n\n${readFileSync(join(root, 'LICENSE'), 'utf8').trim()}`;
  const folders = [...bundledPackages(chunks)].sort();
  writeFileSync(file, `${[head, ...folders.map((folder) => ofPackage(root, folder)), own].join(RULE)}\n`);
}

/** The folders of the packages. */
function bundledPackages(chunks: readonly BuiltChunk[]): Set<string> {
  const folders = new Set<string>();
  for (const id of chunks.flatMap(({ moduleIds = [] }) => moduleIds)) {
    // Virtual modules of the bundler begin with a NUL.
    const [folder] = PACKAGE.exec(id.replace(/^\0/, '')) ?? [];
    if (folder !== undefined && existsSync(join(folder, 'package.json'))) folders.add(folder);
  }
  return folders;
}

function ofPackage(root: string, folder: string): string {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Description;
  const texts = readdirSync(folder)
    .filter((file) => LICENSE_FILE.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  if (texts.length === 0 && license === undefined)
    throw new Error(`${relative(root, folder)} tells no licence`);
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}
