/**
 * What can still be read of a configuration that may have problems: for commands that look at a daemon that runs, whatever
 * became of its file since.
 */
import { parseDocument } from 'yaml';
import { DEFAULT_STATE_DIRECTORY, parseStateDirectory } from './schema.js';
import { readTextFile } from './text-file.js';

/** Most uses of anchors; see document.ts. */
const MAXIMUM_ALIASES = 10_000;

/** The line of `state.directory` in block or flow style, alone or behind `state:`, for text that is no YAML any more. */
const DIRECTORY_LINE =
  /^(?:state:\s*\{?|\s+|"state":\s*\{?)\s*"?directory"?:\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#,{}"'][^#,{}\n]*?))\s*(?:[,}#].*)?$/m;

/** A state directory, and why it is not the file's own. */
export interface LooseDirectory {
  readonly directory: string;
  /** One line, where the default directory is taken because the file names none that can be read; else undefined. */
  readonly doubt: string | undefined;
}

/** The keys of a file that can be parsed; none of one that cannot. Values are not checked. Never rejects. */
export async function loadLoosely(file: string): Promise<Readonly<Record<string, unknown>>> {
  const read = await readTextFile(file);
  return read.ok ? looseData(read.text) : {};
}

/** The `state.directory` of a file, as far as it can be read. Never rejects. */
export async function looseStateDirectory(file: string): Promise<LooseDirectory> {
  const read = await readTextFile(file);
  if (!read.ok) return doubtful(`${file}: ${read.problem.text}`);
  const { state } = looseData(read.text);
  const named = (state as Record<string, unknown> | null | undefined)?.directory;
  const [, double, single, plain] = named === undefined ? (DIRECTORY_LINE.exec(read.text) ?? []) : [];
  const value = named ?? double ?? single ?? plain;
  if (value === undefined) {
    return { directory: DEFAULT_STATE_DIRECTORY, doubt: undefined };
  }
  const parsed = parseStateDirectory(value);
  return parsed.ok
    ? { directory: parsed.value, doubt: undefined }
    : doubtful(`${file}: state.directory: ${parsed.text}`);
}

function doubtful(why: string): LooseDirectory {
  return { directory: DEFAULT_STATE_DIRECTORY, doubt: `${why}; asking in ${DEFAULT_STATE_DIRECTORY}` };
}

/** The parser goes on behind an error, and its document then has what it could read. */
function looseData(text: string): Readonly<Record<string, unknown>> {
  try {
    const data: unknown = parseDocument(text, {
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: 'silent',
    }).toJS({
      maxAliasCount: MAXIMUM_ALIASES,
    });
    return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
