/** Reads the records that a peeker is sent: copies with where they come from, counts of what was left out, and notes. */
import {
  COPY_BYTES,
  type CopyOrigin,
  copyFields,
  leftOutCount,
  RECORD_COPY,
  RECORD_LEFT_OUT,
  RECORD_NOTE,
  RECORD_ORIGIN,
  RecordStream,
  recordNumber,
  recordText,
  recordType,
} from './copy-records.js';
import type { PeekNote } from './peek-protocol.js';

/** A copy, as far as it is here. */
export interface PeekedCopy {
  readonly origin: CopyOrigin;
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Bytes that the frame had. */
  readonly wireLength: number;
  /** Bytes of it that the target gets. */
  readonly copyLength: number;
  /** Those that are here. */
  readonly bytes: Uint8Array;
}

/** Is told what records say. */
export interface PeekListener {
  readonly copy: (copy: PeekedCopy) => void;
  readonly leftOut: (count: number) => void;
  readonly note: (note: PeekNote) => void;
}

/** Turns records into what they tell. */
export class RecordReader {
  readonly #listener: PeekListener;
  readonly #stream = new RecordStream();
  readonly #origins = new Map<number, CopyOrigin>();

  constructor(listener: PeekListener) {
    this.#listener = listener;
  }

  /** Takes the next bytes of the stream. @throws RangeError for what nobody sends */
  push(chunk: Uint8Array): void {
    this.#stream.push(chunk, (bytes, offset) => this.#take(bytes, offset));
  }

  /** Records of types that a later daemon may send are passed over. */
  #take(bytes: Uint8Array, offset: number): void {
    switch (recordType(bytes, offset)) {
      case RECORD_ORIGIN:
        this.#origins.set(recordNumber(bytes, offset), JSON.parse(recordText(bytes, offset)) as CopyOrigin);
        break;
      case RECORD_COPY: {
        const { origin, keptLength, ...fields } = copyFields(bytes, offset);
        const known = this.#origins.get(origin);
        if (known === undefined) throw new RangeError(`a copy of the unknown origin ${origin}`);
        const start = offset + COPY_BYTES;
        this.#listener.copy({ ...fields, origin: known, bytes: bytes.slice(start, start + keptLength) });
        break;
      }
      case RECORD_LEFT_OUT:
        this.#listener.leftOut(leftOutCount(bytes, offset));
        break;
      case RECORD_NOTE:
        this.#listener.note(JSON.parse(recordText(bytes, offset)) as PeekNote);
        break;
    }
  }
}
