/** Reads the files of the console from the disk, once, with the compressed forms that the build has made of them. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** By the ending of the name. Files with another ending are not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8',
};

/** Endings of the compressed forms. */
const CODED = { br: '.br', gzip: '.gz' } as const;

/** Far above what the console has; what is above it was not made by its build. */
const MAXIMUM_FILES = 2000;

/** RFC 9110 section 8.4.1. */
export type Coding = 'identity' | keyof typeof CODED;

export interface ConsoleFile {
  /** A media type. */
  readonly type: string;
  /** The bytes: as they are, and compressed where that is shorter. */
  readonly content: Readonly<Partial<Record<Coding, Uint8Array>>>;
}

/**
 * Reads regular files in a directory and the directories in it. Links are left out.
 * @returns files by their path in the directory; none when it is not there
 * @throws Error of the system, or of too many files (rejects)
 */
export async function readConsoleFiles(directory: string): Promise<Map<string, ConsoleFile>> {
  const paths = await pathsBelow(directory);
  if (paths.size > MAXIMUM_FILES) throw new Error(`${directory} has more than ${MAXIMUM_FILES} files`);
  const files = new Map<string, ConsoleFile>();
  for (const path of paths) {
    const type = TYPES[extname(path)];
    if (type === undefined) continue;
    const content: Partial<Record<Coding, Uint8Array>> = { identity: await readFile(join(directory, path)) };
    for (const [coding, ending] of Object.entries(CODED) as [keyof typeof CODED, string][]) {
      if (paths.has(path + ending)) content[coding] = await readFile(join(directory, path + ending));
    }
    files.set(path, { type, content });
  }
  return files;
}

async function pathsBelow(directory: string): Promise<Set<string>> {
  try {
    const entries = await readdir(directory, { withFileTypes: true, recursive: true });
    const files = entries.filter((entry) => entry.isFile());
    return new Set(
      files.map(({ parentPath, path, name }) =>
        join(parentPath ?? path, name)
          .slice(directory.length)
          .replace(/^\/+/, ''),
      ),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Set();
    throw error;
  }
}
