/**
 * Builds the console into dist/console/www, when anything that it is made of is newer than what is there: part of
 * `npm run build`, which most other commands call first.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuiltChunk, writeLicenses } from './console/bundled-licenses.js';
import { compressFiles } from './console/compress-files.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, 'dist/console');
const OUTPUT = join(FOLDER, 'www');
/** The files of src that the last build has taken in, as a list of JSON. */
const TAKEN = join(FOLDER, 'taken.json');
const SOURCES = ['console', 'scripts/build-console.ts', 'scripts/console', 'package-lock.json'];

if (newest([...SOURCES, ...taken()].map((path) => join(ROOT, path))) > builtAt()) await build();

/** When the last build began, in milliseconds since 1970; 0: never. */
function builtAt(): number {
  const index = join(OUTPUT, 'index.html');
  return existsSync(index) ? statSync(index).mtimeMs : 0;
}

function taken(): string[] {
  return existsSync(TAKEN) ? (JSON.parse(readFileSync(TAKEN, 'utf8')) as string[]) : [];
}

/** The time of the latest change. A folder changes when a file in it is removed; what is gone was changed just now. */
function newest(paths: readonly string[]): number {
  const times = paths.map((path) => {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status === undefined) return Number.POSITIVE_INFINITY;
    if (!status.isDirectory()) return status.mtimeMs;
    return Math.max(status.mtimeMs, newest(readdirSync(path).map((name) => join(path, name))));
  });
  return Math.max(0, ...times);
}

/** Beside the old files, then in their place: a daemon that starts meanwhile reads the ones or the others. */
async function build(): Promise<void> {
  const began = new Date();
  const { build } = await import('vite');
  mkdirSync(FOLDER, { recursive: true });
  const output = mkdtempSync(join(FOLDER, 'new-'));
  try {
    chmodSync(output, 0o755);
    const built = await build({
      configFile: join(ROOT, 'console/vite.config.ts'),
      logLevel: 'warn',
      build: { outDir: output, emptyOutDir: true, reportCompressedSize: false },
    });
    const chunks = (Array.isArray(built) ? built : [built]).flatMap((result) =>
      'output' in result ? (result.output as readonly BuiltChunk[]) : [],
    );
    writeLicenses(ROOT, chunks, join(output, 'LICENSES.txt'));
    compressFiles(output);
    utimesSync(join(output, 'index.html'), began, began);
    writeFileSync(TAKEN, JSON.stringify(sourcesOf(chunks), null, 1));
    rmSync(OUTPUT, { recursive: true, force: true });
    renameSync(output, OUTPUT);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

/** Those below src, from the root of the checkout. */
function sourcesOf(chunks: readonly BuiltChunk[]): string[] {
  const ids = chunks.flatMap(({ moduleIds = [] }) => moduleIds);
  return [...new Set(ids.map((id) => relative(ROOT, id)))].filter((path) => path.startsWith('src/')).sort();
}
