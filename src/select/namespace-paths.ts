/** The paths of network namespaces that patterns name, followed by inotify(7): directories may come later. */
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { type NamespacePath, parseNamespacePath } from '../resources/device.js';

/** Files of one directory that are looked at. */
const MAXIMUM_FILES = 4096;

/** A directory that cannot be read is tried again. */
const RETRY_MS = 5000;

interface Watched {
  readonly watcher: FSWatcher;
  /** Of the directory: another one may be mounted over it. */
  readonly inode: string | undefined;
}

/** Watches directories, and what is missing of the way to them. */
export class NamespacePaths {
  readonly #onChange: () => void;
  readonly #watchers = new Map<string, Watched>();
  #directories: readonly string[] = [];
  #isCrowded = false;
  readonly #problems = new Map<string, string>();
  #retry: NodeJS.Timeout | undefined;

  /** @param onChange files came or went, or may have */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** True when a directory has more files than are looked at. */
  get isCrowded(): boolean {
    return this.#isCrowded;
  }

  /** Which directories are there and cannot be read, one line each. */
  get problems(): string[] {
    return [...this.#problems.values()];
  }

  /** Watches these directories, and no others. */
  setDirectories(directories: readonly string[]): void {
    this.#directories = [...new Set(directories)];
    this.#rewatch();
  }

  /** Files of the directories whose path fits. */
  find(fits: (path: string) => boolean): NamespacePath[] {
    this.#isCrowded = false;
    this.#problems.clear();
    clearTimeout(this.#retry);
    this.#rewatch();
    return this.#directories.flatMap((directory) =>
      this.#filesOf(directory).flatMap((name) => {
        const path = parseNamespacePath(join(directory, name));
        return path.ok && fits(path.value) ? [path.value] : [];
      }),
    );
  }

  close(): void {
    clearTimeout(this.#retry);
    this.setDirectories([]);
  }

  #filesOf(directory: string): string[] {
    try {
      const names = readdirSync(directory).sort();
      if (names.length > MAXIMUM_FILES) this.#isCrowded = true;
      return names.slice(0, MAXIMUM_FILES);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      // It is not there yet: no namespaces. Anything else says nothing about them.
      if (code !== 'ENOENT' && code !== 'ENOTDIR') {
        this.#problems.set(directory, `${directory} cannot be read: ${code}`);
        clearTimeout(this.#retry);
        this.#retry = setTimeout(this.#onChange, RETRY_MS).unref();
      }
      return [];
    }
  }

  /** Each directory; of one that is missing, the nearest above it, in which it will appear. */
  #rewatch(): void {
    const wanted = new Set(this.#directories.map(nearest));
    for (const [directory, { watcher, inode }] of this.#watchers) {
      if (wanted.has(directory) && inode === inodeOf(directory)) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
    for (const directory of wanted) {
      if (!this.#watchers.has(directory)) this.#watch(directory);
    }
  }

  #watch(directory: string): void {
    try {
      const watcher = watch(directory, { persistent: false });
      const drop = (): void => {
        watcher.close();
        if (this.#watchers.get(directory)?.watcher === watcher) this.#watchers.delete(directory);
        this.#onChange();
      };
      const base = directory.slice(directory.lastIndexOf('/') + 1);
      watcher.on('change', (event, name) => {
        // The directory itself was removed: inotify(7), IN_DELETE_SELF, has its own name.
        if (event === 'rename' && name === base && inodeOf(directory) === undefined) drop();
        else if (this.#matters(directory, String(name))) this.#onChange();
      });
      watcher.on('error', drop);
      this.#watchers.set(directory, { watcher, inode: inodeOf(directory) });
    } catch {
      // No watch is left, or no right to it: events of mounts tell of namespaces all the same.
    }
  }

  /** In a directory that is only on the way, the next step alone matters. */
  #matters(directory: string, name: string): boolean {
    if (this.#directories.includes(directory)) return true;
    const way = join(directory, name);
    return this.#directories.some((wanted) => wanted === way || wanted.startsWith(`${way}/`));
  }
}

function nearest(directory: string): string {
  for (let path = directory; ; path = dirname(path)) {
    if (path === '/' || inodeOf(path) !== undefined) return path;
  }
}

/** @returns undefined when it is no directory */
function inodeOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() ? `${found.dev} ${found.ino}` : undefined;
}
