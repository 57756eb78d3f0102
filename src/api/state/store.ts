/**
 * Durable tables. A change is seen in memory at once, so that the next one is judged with it; it is told as done
 * when it is on disk and the engine follows. Changes that come while others are under way go together.
 */

import { StateError } from '../errors.js';
import type { DurableState, StateChange } from '../service.js';
import { ForeignFileError, Journal, type JournalOptions } from './journal.js';

/** Told of every value that comes or goes in memory, also when a change is undone. */
export type TableWatcher = (table: string, key: string, before: unknown, after: unknown) => void;

/**
 * Called when a group of changes is complete in memory and nothing else is. What it returns is done once they
 * are on disk; its rejection undoes them.
 */
export type Follower = (changes: readonly StateChange[]) => () => Promise<void>;

export interface StoreOptions extends Partial<Omit<JournalOptions, 'path'>> {
  /** Told why changes could not be made; the message may name paths. */
  readonly onFailure?: (error: unknown) => void;
}

/** Changes that become durable together. */
class Group {
  readonly changes: StateChange[] = [];
  /** What puts things back, in the order of the changes. */
  readonly undos: StateChange[] = [];
  readonly done: Promise<void>;
  resolve: () => void = () => {};
  reject: (error: StateError) => void = () => {};

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Whoever made a change waits for it; a group that nobody waits for must not end the process.
    this.done.catch(() => {});
  }
}

export class Store implements DurableState {
  readonly #journal: Journal;
  readonly #tables: Map<string, Map<string, unknown>>;
  readonly #onFailure: (error: unknown) => void;
  readonly #watchers: TableWatcher[] = [];
  #follower: Follower = () => async () => {};
  /** Open for changes. */
  #next = new Group();
  /** Ends when nothing is left to write; undefined while nothing is written. */
  #writing: Promise<void> | undefined;
  /** Closed, and on its way to the disk and the engine. */
  #current: Group | undefined;

  private constructor(
    journal: Journal,
    tables: Map<string, Map<string, unknown>>,
    onFailure: (error: unknown) => void,
  ) {
    this.#journal = journal;
    this.#tables = tables;
    this.#onFailure = onFailure;
  }

  /**
   * Reads what an earlier process left. The caller holds the lock of the directory.
   * @throws StateError `damaged`, `unsupported`; Error of the system (reject)
   */
  static async open(path: string, { onFailure = ignore, ...options }: StoreOptions = {}): Promise<Store> {
    const tables = new Map<string, Map<string, unknown>>();
    const journal = await Journal.open(
      { path, requireOwned: async () => {}, onCut: ignore, ...options },
      (changes) => {
        for (const change of changes) set(tables, change);
      },
    );
    return new Store(journal, tables, onFailure);
  }

  /** Of the file, with what was overwritten and is not yet gone. */
  get bytes(): number {
    return this.#journal.bytes;
  }

  table<Value>(name: string): ReadonlyMap<string, Value> {
    return tableOf(this.#tables, name) as Map<string, Value>;
  }

  watch(watcher: TableWatcher): void {
    this.#watchers.push(watcher);
  }

  follow(follower: Follower): void {
    this.#follower = follower;
  }

  async commit(changes: readonly StateChange[]): Promise<void> {
    if (changes.length === 0) return this.settled();
    const group = this.#next;
    for (const change of changes) {
      const before = this.#set(change);
      group.changes.push(change);
      group.undos.push({ ...change, value: before });
    }
    this.#writing ??= this.#write();
    await group.done;
  }

  /** Resolves when all that can be seen in the tables now is durable; rejects when some of it was undone. */
  async settled(): Promise<void> {
    if (this.#writing === undefined) return;
    if (this.#next.changes.length > 0) await this.#next.done;
    else await this.#current?.done;
  }

  /**
   * Runs a task while nothing is written; changes made meanwhile wait for its end, and are undone when it rejects.
   * @throws what the task throws (rejects)
   */
  async exclusive(task: () => Promise<void>): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    // In its place before the task runs, so that changes made by then do not begin to be written.
    let end: () => void = () => {};
    this.#writing = new Promise<void>((resolve) => {
      end = resolve;
    }).then(() => this.#write());
    try {
      await task();
    } catch (error) {
      rejectAll(this.#undo(new Group()), error, false);
      throw error;
    } finally {
      end();
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    // The disk may have room again.
    if (this.#journal.isUncertain) await this.#journal.rewrite(this.#entries()).catch(this.#onFailure);
    await this.#journal.close();
  }

  /** Never rejects. */
  async #write(): Promise<void> {
    // Whatever else the caller of `commit` changes in the same turn goes along.
    await Promise.resolve();
    while (this.#next.changes.length > 0) {
      const group = this.#next;
      this.#next = new Group();
      this.#current = group;
      try {
        const apply = this.#follower(group.changes);
        await this.#save(group);
        await apply().catch(async (error: unknown) => {
          await this.#journal.takeBack();
          throw new StateError('unavailable', 'the engine does not take it', error);
        });
        group.resolve();
      } catch (error) {
        await this.#fail(group, error);
      }
    }
    this.#current = undefined;
    this.#writing = undefined;
  }

  async #save(group: Group): Promise<void> {
    if (this.#journal.wantsRewrite) await this.#journal.rewrite(this.#entries());
    else await this.#journal.append(group.changes);
  }

  /** Nobody is told that a change failed while it may still be in the file. */
  async #fail(group: Group, error: unknown): Promise<void> {
    const undone = this.#undo(group);
    let isUncertain = false;
    if (this.#journal.isUncertain) {
      // In the same turn: what is changed from here on is of the next group.
      const entries = this.#entries();
      await this.#journal.rewrite(entries).catch((cause: unknown) => {
        isUncertain = true;
        this.#onFailure(cause);
      });
    }
    this.#onFailure(error);
    rejectAll(undone, error, isUncertain);
  }

  /** Taken at one moment: when the group closed. */
  #entries(): StateChange[] {
    return [...this.#tables].flatMap(([table, values]) =>
      [...values].map(([key, value]) => ({ table, key, value })),
    );
  }

  /**
   * Later changes were judged by what is undone here, so they go too.
   * @returns the groups that are undone
   */
  #undo(group: Group): [group: Group, later: Group] {
    const later = this.#next;
    this.#next = new Group();
    for (const undo of [...group.undos, ...later.undos].reverse()) this.#set(undo);
    return [group, later];
  }

  #set(change: StateChange): unknown {
    const before = set(this.#tables, change);
    const { table, key, value } = change;
    for (const watcher of this.#watchers) watcher(table, key, before, value);
    return before;
  }
}

function rejectAll([group, later]: [group: Group, later: Group], error: unknown, isUncertain: boolean): void {
  group.reject(
    isUncertain
      ? new StateError('uncertain', 'whether it will be there after a new start is not known', error)
      : asStateError(error),
  );
  later.reject(new StateError('unavailable', 'an earlier change could not be made', error));
}

/** In words for a client, who is told no path. */
function asStateError(error: unknown): StateError {
  if (error instanceof StateError) return error;
  if (error instanceof ForeignFileError) {
    return new StateError('unavailable', 'the state file is not as it was left', error);
  }
  const { code } = error as NodeJS.ErrnoException;
  return new StateError('unavailable', `it cannot be stored${code === undefined ? '' : `: ${code}`}`, error);
}

function ignore(): void {}

/** @returns the value before */
function set(tables: Map<string, Map<string, unknown>>, { table, key, value }: StateChange): unknown {
  const values = tableOf(tables, table);
  const before = values.get(key);
  if (value === undefined) values.delete(key);
  else values.set(key, value);
  return before;
}

function tableOf(tables: Map<string, Map<string, unknown>>, name: string): Map<string, unknown> {
  const table = tables.get(name) ?? new Map<string, unknown>();
  tables.set(name, table);
  return table;
}
