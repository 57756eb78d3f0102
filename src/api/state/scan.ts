/** Reads a state file up to its last record, or to the first one that is torn or damaged. */
import { constants } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import type { StateChange } from '../service.js';
import {
  FORMAT,
  HEADER_BYTES,
  isHeaderStart,
  isOldFormat,
  type Link,
  OLD_BEGINNING_BYTES,
  parseChanges,
  parseFormat,
  parseHeader,
  parseOldRecord,
  parseRecord,
  START,
  TRAILER_BYTES,
} from './record.js';

const CHUNK_BYTES = 2 ** 20;

/** 0: an empty file. */
export type JournalFormat = 0 | 1 | typeof FORMAT;

/** Why reading ended before the end of the file. */
export interface Break {
  /** torn: the file ends within the last write. unsupported: a later version wrote it. */
  readonly kind: 'torn' | 'damaged' | 'unsupported';
  /** Number of the record, from 1; also its line. */
  readonly record: number;
  /** Where the record begins. */
  readonly offset: number;
  readonly why: string;
}

/** The readable part of a file. */
export interface JournalScan {
  /** Undefined when the first record is not readable. */
  readonly format: JournalFormat | undefined;
  /** Number of records in complete groups. */
  readonly records: number;
  /** The end of the last complete group, where the next one is written. */
  readonly end: JournalEnd;
  /**
   * True when the first group lacks its end: a file gets its name when that group is complete, so something is damaged.
   * The records of this group count in `records` and `end`.
   */
  readonly isUnclosed: boolean;
  readonly break?: Break;
}

export interface JournalEnd {
  readonly bytes: number;
  readonly link: Link;
}

type OnChanges = (changes: readonly StateChange[]) => void;

/**
 * Reads a file from its beginning.
 * @param onChanges called with the changes of each complete group, in order; for the first group, with each record's
 * @param chunkBytes the size of a read
 * @throws Error of the system (rejects)
 */
export async function scanJournal(
  file: FileHandle,
  onChanges: OnChanges,
  chunkBytes = CHUNK_BYTES,
): Promise<JournalScan> {
  const reader = new ByteReader(file, chunkBytes);
  const beginning = await reader.peek(OLD_BEGINNING_BYTES);
  if (beginning.length === 0) {
    return { format: 0, records: 0, end: { bytes: 0, link: START }, isUnclosed: false };
  }
  return isOldFormat(beginning) ? scanOld(reader, onChanges) : new Scan(reader, onChanges).run();
}

async function scanOld(reader: ByteReader, onChanges: OnChanges): Promise<JournalScan> {
  for (let records = 0; ; records++) {
    const place = { record: records + 1, offset: reader.offset };
    const found = {
      format: 1,
      records,
      end: { bytes: reader.offset, link: START },
      isUnclosed: false,
    } as const;
    const line = await reader.peekLine(constants.MAX_STRING_LENGTH);
    if (line?.length === 0) return found;
    const changes = line === undefined ? 'damaged' : parseOldRecord(line);
    if (changes === 'torn') return { ...found, break: { kind: 'torn', ...place, why: 'it lacks its end' } };
    if (line === undefined || changes === 'damaged') {
      return { ...found, break: { kind: 'damaged', ...place, why: 'its digest is not that of its bytes' } };
    }
    onChanges(changes);
    reader.skip(line.length);
  }
}

/** The next record, or why there is none. */
type Outcome = { readonly body: Buffer; readonly isLast: boolean; readonly link: Link } | Break | 'end';

class Scan {
  readonly #reader: ByteReader;
  readonly #onChanges: OnChanges;
  #link = START;
  /** The end of the complete groups. */
  #end: JournalEnd = { bytes: 0, link: START };
  #format: JournalFormat | undefined;
  #isFirstGroup = true;
  /** Changes of the group that has not ended. */
  #pending: (readonly StateChange[])[] = [];

  constructor(reader: ByteReader, onChanges: OnChanges) {
    this.#reader = reader;
    this.#onChanges = onChanges;
  }

  async run(): Promise<JournalScan> {
    for (;;) {
      const outcome = await this.#next();
      if (outcome === 'end') return this.#scan(this.#unfinished());
      if ('kind' in outcome) return this.#scan(outcome);
      const problem = this.#accept(outcome);
      if (problem !== undefined) return this.#scan(problem);
    }
  }

  async #next(): Promise<Outcome> {
    const bytes = await this.#reader.peek(HEADER_BYTES);
    if (bytes.length === 0) return 'end';
    if (bytes.length < HEADER_BYTES) {
      return isHeaderStart(this.#link, bytes) ? this.#torn() : this.#damaged('its header is damaged');
    }
    const header = parseHeader(this.#link, bytes);
    if (typeof header === 'string') return this.#damaged(header);
    const recordBytes = HEADER_BYTES + header.bodyBytes + TRAILER_BYTES;
    const record = await this.#reader.peek(recordBytes);
    if (record.length < recordBytes) return this.#torn();
    const rest = record.subarray(HEADER_BYTES);
    const link = parseRecord(this.#link, header, rest);
    if (typeof link === 'string') return this.#damaged(link);
    return { body: rest.subarray(0, header.bodyBytes), isLast: header.isLast, link };
  }

  /** Adds a record to its group. @returns why it is not accepted */
  #accept({ body, isLast, link }: Exclude<Outcome, Break | 'end'>): Break | undefined {
    if (link.number === 1) {
      const format = parseFormat(body);
      if (format !== FORMAT) return this.#break('unsupported', `its format is ${format}`);
      this.#format = FORMAT;
    } else this.#pending.push(parseChanges(body.toString()));
    this.#link = link;
    this.#reader.skip(HEADER_BYTES + body.length + TRAILER_BYTES);
    if (!isLast && !this.#isFirstGroup) return undefined;
    for (const changes of this.#pending) this.#onChanges(changes);
    this.#pending = [];
    this.#end = { bytes: this.#reader.offset, link };
    if (isLast) this.#isFirstGroup = false;
    return undefined;
  }

  /** The file ends between two records, which may belong to one group. */
  #unfinished(): Break | undefined {
    return this.#isFirstGroup || this.#pending.length > 0 ? this.#torn() : undefined;
  }

  #torn(): Break {
    return this.#isFirstGroup
      ? this.#damaged('the file ends before it')
      : this.#break('torn', 'the file ends before its group does');
  }

  #damaged(why: string): Break {
    return this.#break('damaged', why);
  }

  #break(kind: Break['kind'], why: string): Break {
    return { kind, record: this.#link.number + 1, offset: this.#reader.offset, why };
  }

  #scan(problem: Break | undefined): JournalScan {
    return {
      format: this.#format,
      records: this.#end.link.number,
      end: this.#end,
      isUnclosed: this.#isFirstGroup,
      ...(problem && { break: problem }),
    };
  }
}

/** Reads a file from its beginning in chunks, and holds no byte longer than needed. */
class ByteReader {
  readonly #file: FileHandle;
  readonly #chunkBytes: number;
  /** Bytes that were read and not skipped. */
  #held: Buffer = Buffer.alloc(0);
  #offset = 0;
  #isAtEnd = false;

  /** @param chunkBytes the size of a read, which is larger when more bytes are asked for */
  constructor(file: FileHandle, chunkBytes: number) {
    this.#file = file;
    this.#chunkBytes = chunkBytes;
  }

  /** The place of the next byte in the file. */
  get offset(): number {
    return this.#offset;
  }

  /** The next bytes, fewer at the end of the file. `skip` takes them away. @throws Error of the system (rejects) */
  async peek(length: number): Promise<Buffer> {
    while (this.#held.length < length && !this.#isAtEnd) {
      await this.#read(Math.max(this.#chunkBytes, length - this.#held.length));
    }
    return this.#held.subarray(0, length);
  }

  skip(length: number): void {
    this.#held = this.#held.subarray(length);
    this.#offset += length;
  }

  /**
   * The next line, with its line feed; at the end of the file, the rest.
   * @returns undefined when a line is longer than `maximum`
   * @throws Error of the system (rejects)
   */
  async peekLine(maximum: number): Promise<Buffer | undefined> {
    for (let searched = 0; ; ) {
      const end = this.#held.indexOf('\n', searched);
      if (end >= 0) return this.#held.subarray(0, end + 1);
      searched = this.#held.length;
      if (searched > maximum) return undefined;
      if (this.#isAtEnd) return this.#held;
      // Doubles the bytes held, so that a long line is not copied for each of its chunks.
      await this.#read(Math.max(this.#chunkBytes, searched));
    }
  }

  async #read(length: number): Promise<void> {
    const bytes = Buffer.allocUnsafe(this.#held.length + length);
    this.#held.copy(bytes);
    const from = this.#held.length;
    const { bytesRead } = await this.#file.read(bytes, from, length, this.#offset + from);
    this.#isAtEnd = bytesRead === 0;
    this.#held = bytes.subarray(0, from + bytesRead);
  }
}
