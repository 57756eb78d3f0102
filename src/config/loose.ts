/**
 * What can still be read of a configuration that may have problems: for commands that look at a daemon that runs, whatever
 * became of its file since.
 */
import { type Document, isMap, isScalar, isSeq } from 'yaml';
import { DEFAULT_STATE_DIRECTORY, parseStateDirectory } from './schema.js';
import { readTextFile, type TextFile } from './text-file.js';
import { parseYaml } from './yaml-text.js';

/** The key `directory`, which only `state` has, in text that cannot be parsed any more; comments are left out. */
const DIRECTORY =
  /^(?!\s*#)[^#\n]*?\bdirectory["']?[^\S\n]*:[^\S\n]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#,{}[\]"'][^#,{}[\]\n]*))/m;

/** A state directory, and why it may not be the file's own. */
export interface LooseDirectory {
  readonly directory: string;
  /** One line, when the file cannot be read well enough to know, and the directory is the default one. */
  readonly doubt: string | undefined;
}

/** Texts of one field in the items of a list of the file, as far as it can be read. Never rejects. */
export async function looseTexts(file: string, list: string, field: string): Promise<string[]> {
  const read = await readTextFile(file);
  const items = read.ok ? parseLoosely(read.text)?.get(list) : undefined;
  if (!isSeq(items)) return [];
  return items.items.flatMap((item) => {
    const value = isMap(item) ? item.get(field) : undefined;
    return typeof value === 'string' ? [value] : [];
  });
}

/** The `state.directory` of a file, as far as it can be read. Never rejects. */
export async function looseStateDirectory(file: string): Promise<LooseDirectory> {
  return looseDirectoryOf(file, await readTextFile(file));
}

/** The `state.directory` of a text. @param name of the file, for the doubt. */
export function looseDirectoryOf(name: string, read: TextFile): LooseDirectory {
  if (!read.ok) return doubtful(`${name}: ${read.problem.text}`);
  const document = parseLoosely(read.text);
  const isWhole = document !== undefined && document.errors.length === 0;
  const [, double, single, plain] = isWhole ? [] : (DIRECTORY.exec(read.text) ?? []);
  const value = directoryIn(document) ?? double ?? single ?? plain?.trim();
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

function directoryIn(document: Document | undefined): unknown {
  const state = document?.get('state');
  return isMap(state) ? (state.get('directory') ?? undefined) : undefined;
}

/** An empty document is one without keys. */
function isMapping({ contents }: Document): boolean {
  return contents === null || isMap(contents) || (isScalar(contents) && contents.value === null);
}

/**
 * The parser goes on behind an error: its document then has what it could read. It is not made plain data: that takes
 * exponential time where mappings stand as keys.
 * @returns undefined when nothing could be read
 */
function parseLoosely(text: string): Document | undefined {
  const parsed = parseYaml(text);
  return !parsed.isDeep && isMapping(parsed.document) ? parsed.document : undefined;
}
