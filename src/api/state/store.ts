/**
 * Durable tables. A change is visible in memory at once, so that the next one is judged with it. It resolves when it is
 * on disk and the engine has it. Changes made while others are being written are written together.
 */

import { StateError } from '../errors.js';
import type { DurableState, StateChange } from '../service.js';
import { ForeignFileError, Journal, type JournalOptions } from './journal.js';

/** Called for every value that is set or deleted in memory, also when a change is undone. */
export type TableWatcher = (table: string, key: string, before: unknown, after: unknown) => void;

/**
 * Called when a group of changes is complete in memory, before any later change. The function that it returns is
 * called when the group is on disk; if that rejects, the group is undone.
 */
export type GroupListener = (changes: readonly StateChange[]) => () => Promise<void>;

export interface StoreOptions extends Partial<Omit<JournalOptions, 'path'>> {
  /** Called with the reason why changes failed; its message may name paths. */
  readonly onFailure?: (error: unknown) => void;
}

/** Changes that become durable together. */
class Group {
  readonly changes: StateChange[] = [];
  /** The values before the changes, in the order of the changes. */
  readonly undos: StateChange[] = [];
  readonly done: Promise<void>;
  resolve: () => void = () => {};
  reject: (error: StateError) => void = () => {};

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // The callers of `commit` get the rejection; without a caller, it must not end the process.
    this.done.catch(() => {});
  }
}

export class Store implements DurableState {
  readonly #journal: Journal;
  readonly #tables: Map<string, Map<string, unknown>>;
  readonly #onFailure: (error: unknown) => void;
  readonly #watchers: TableWatcher[] = [];
  #groupListener: GroupListener = () => async () => {};
  /** The group that takes changes. */
  #next = new Group();
  /** Resolves when nothing is left to write; undefined while nothing is written. */
  #writing: Promise<void> | undefined;
  /** The group that is being written and passed to the engine. */
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
   * Reads the state file of an earlier process. The caller holds the lock of the directory.
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

  /** Size of the file, including values that were overwritten since the last rewrite. */
  get bytes(): number {
    return this.#journal.bytes;
  }

  table<Value>(name: string): ReadonlyMap<string, Value> {
    return tableOf(this.#tables, name) as Map<string, Value>;
  }

  watch(watcher: TableWatcher): void {
    this.#watchers.push(watcher);
  }

  setGroupListener(listener: GroupListener): void {
    this.#groupListener = listener;
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

  /** Resolves when everything visible in the tables now is durable; rejects when some of it was undone. */
  async settled(): Promise<void> {
    if (this.#writing === undefined) return;
    if (this.#next.changes.length > 0) await this.#next.done;
    else await this.#current?.done;
  }

  /**
   * Runs a task while nothing is written. Changes made meanwhile wait for its end, and are undone when it rejects.
   * @throws what the task throws (rejects)
   */
  async exclusive(task: () => Promise<void>): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    // Set before the task runs, so that changes made meanwhile do not start a write.
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
    // Later changes of the same turn join the group.
    await Promise.resolve();
    while (this.#next.changes.length > 0) {
      const group = this.#next;
      this.#next = new Group();
      this.#current = group;
      try {
        const apply = this.#groupListener(group.changes);
        await this.#save(group);
        await apply().catch(async (error: unknown) => {
          await this.#journal.undoLastGroup();
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

  /** Reports a change as failed only when it is certain that the file does not have it. */
  async #fail(group: Group, error: unknown): Promise<void> {
    const undone = this.#undo(group);
    let isUncertain = false;
    if (this.#journal.isUncertain) {
      // In the same turn: later changes belong to the next group.
      const entries = this.#entries();
      await this.#journal.rewrite(entries).catch((cause: unknown) => {
        isUncertain = true;
        this.#onFailure(cause);
      });
    }
    this.#onFailure(error);
    rejectAll(undone, error, isUncertain);
  }

  /** All values of all tables, at this moment. */
  #entries(): StateChange[] {
    return [...this.#tables].flatMap(([table, values]) =>
      [...values].map(([key, value]) => ({ table, key, value })),
    );
  }

  /**
   * Undoes a group, and the later changes too, since they were judged with it.
   * @returns the undone groups
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

/** The error as a client sees it, without a path. */
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
