/**
 * What can still be read of a configuration that may have problems: for commands that look at a daemon that runs, whatever
 * became of its file since.
 */
import { parseDocument } from 'yaml';
import { DEFAULT_STATE_DIRECTORY, parseStateDirectory } from './schema.js';
import { readTextFile, type TextFile } from './text-file.js';

/** Most uses of anchors; see document.ts. */
const MAXIMUM_ALIASES = 10_000;

/** The key `directory`, which only `state` has, in text that cannot be parsed any more; comments are left out. */
const DIRECTORY =
  /^(?!\s*#)[^#\n]*?\bdirectory["']?[^\S\n]*:[^\S\n]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#,{}[\]"'][^#,{}[\]\n]*))/m;

/** A state directory, and why it may not be the file's own. */
export interface LooseDirectory {
  readonly directory: string;
  /** One line, when the file cannot be read well enough to know, and the directory is the default one. */
  readonly doubt: string | undefined;
}

/** The keys of a file as far as they can be read; none of one that cannot. Values are not checked. Never rejects. */
export async function loadLoosely(file: string): Promise<Readonly<Record<string, unknown>>> {
  const read = await readTextFile(file);
  return read.ok ? parseLoosely(read.text).keys : {};
}

/** The `state.directory` of a file, as far as it can be read. Never rejects. */
export async function looseStateDirectory(file: string): Promise<LooseDirectory> {
  return looseDirectoryOf(file, await readTextFile(file));
}

/** The `state.directory` of a text. @param name of the file, for the doubt. */
export function looseDirectoryOf(name: string, read: TextFile): LooseDirectory {
  if (!read.ok) return doubtful(`${name}: ${read.problem.text}`);
  const { keys, isWhole } = parseLoosely(read.text);
  const [, double, single, plain] = isWhole ? [] : (DIRECTORY.exec(read.text) ?? []);
  const value = directoryIn(keys) ?? double ?? single ?? plain?.trim();
  if (value === undefined) {
    return isWhole
      ? { directory: DEFAULT_STATE_DIRECTORY, doubt: undefined }
      : doubtful(`${name}: cannot be parsed, and no state.directory is found in it`);
  }
  const parsed = parseStateDirectory(value);
  return parsed.ok
    ? { directory: parsed.value, doubt: undefined }
    : doubtful(`${name}: state.directory: ${parsed.text}`);
}

function doubtful(why: string): LooseDirectory {
  return { directory: DEFAULT_STATE_DIRECTORY, doubt: `${why}; asking in ${DEFAULT_STATE_DIRECTORY}` };
}

function directoryIn({ state }: Readonly<Record<string, unknown>>): unknown {
  const directory: unknown =
    typeof state === 'object' && state !== null && 'directory' in state && state.directory;
  return directory === false || directory === null ? undefined : directory;
}

/** The parser goes on behind an error: its document then has what it could read. */
function parseLoosely(text: string): { keys: Readonly<Record<string, unknown>>; isWhole: boolean } {
  try {
    const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'silent' });
    const data: unknown = document.toJS({ maxAliasCount: MAXIMUM_ALIASES });
    const isMapping = typeof data === 'object' && data !== null && !Array.isArray(data);
    const isWhole = document.errors.length === 0 && (isMapping || data === null);
    return { keys: isMapping ? (data as Record<string, unknown>) : {}, isWhole };
  } catch {
    return { keys: {}, isWhole: false };
  }
}
