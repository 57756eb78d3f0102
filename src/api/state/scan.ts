/** Reads a state file from its first record to its last, or to the one that is not what was written. */
import { constants } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import type { StateChange } from '../service.js';
import { ByteReader } from './byte-reader.js';
import { isOldFormat, OLD_BEGINNING_BYTES, parseOldRecord } from './old-record.js';
import {
  FORMAT,
  HEADER_BYTES,
  isHeaderStart,
  type Link,
  parseChanges,
  parseFormat,
  parseHeader,
  parseRecord,
  START,
  TRAILER_BYTES,
} from './record.js';

const CHUNK_BYTES = 2 ** 20;

/** 0: an empty file. */
export type JournalFormat = 0 | 1 | typeof FORMAT;

/** Why reading ended before the end of the file. */
export interface Break {
  /** torn: the file ends within what was written last. unsupported: of a later version. */
  readonly kind: 'torn' | 'damaged' | 'unsupported';
  /** From 1, which is its line, too. */
  readonly record: number;
  /** Where the record begins. */
  readonly offset: number;
  readonly why: string;
}

/** What is good in a file. */
export interface JournalScan {
  /** Undefined when its first record does not tell. */
  readonly format: JournalFormat | undefined;
  /** Of whole groups. */
  readonly records: number;
  /** Where the last whole group ends, and the next is to be written. */
  readonly end: JournalEnd;
  /**
   * The first group lacks its end: something is damaged, since a file gets its name when that group is whole. What is
   * there of it counts in `records` and `end`.
   */
  readonly isUnclosed: boolean;
  readonly break?: Break;
}

export interface JournalEnd {
  readonly bytes: number;
  readonly link: Link;
}

type Take = (changes: readonly StateChange[]) => void;

/**
 * @param take told of the changes of each whole group, in turn; of the first group, record by record
 * @param chunkBytes of a read
 * @throws Error of the system (rejects)
 */
export async function scanJournal(
  file: FileHandle,
  take: Take,
  chunkBytes = CHUNK_BYTES,
): Promise<JournalScan> {
  const reader = new ByteReader(file, chunkBytes);
  const beginning = await reader.peek(OLD_BEGINNING_BYTES);
  if (beginning.length === 0) {
    return { format: 0, records: 0, end: { bytes: 0, link: START }, isUnclosed: false };
  }
  return isOldFormat(beginning) ? scanOld(reader, take) : new Scan(reader, take).run();
}

async function scanOld(reader: ByteReader, take: Take): Promise<JournalScan> {
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
    take(changes);
    reader.skip(line.length);
  }
}

/** A record, or why there is none. */
type Outcome = { readonly body: Buffer; readonly isLast: boolean; readonly link: Link } | Break | 'end';

class Scan {
  readonly #reader: ByteReader;
  readonly #take: Take;
  #link = START;
  /** Of whole groups. */
  #end: JournalEnd = { bytes: 0, link: START };
  #format: JournalFormat | undefined;
  #isFirstGroup = true;
  /** Of the group that has not ended. */
  #pending: (readonly StateChange[])[] = [];

  constructor(reader: ByteReader, take: Take) {
    this.#reader = reader;
    this.#take = take;
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

  /** @returns why it is not accepted */
  #accept({ body, isLast, link }: Exclude<Outcome, Break | 'end'>): Break | undefined {
    if (link.number === 1) {
      const format = parseFormat(body);
      if (format !== FORMAT) return this.#break('unsupported', `its format is ${format}`);
      this.#format = FORMAT;
    } else this.#pending.push(parseChanges(body.toString()));
    this.#link = link;
    this.#reader.skip(HEADER_BYTES + body.length + TRAILER_BYTES);
    if (!isLast && !this.#isFirstGroup) return undefined;
    for (const changes of this.#pending) this.#take(changes);
    this.#pending = [];
    this.#end = { bytes: this.#reader.offset, link };
    if (isLast) this.#isFirstGroup = false;
    return undefined;
  }

  /** The file ends between two records: of one group, perhaps. */
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
