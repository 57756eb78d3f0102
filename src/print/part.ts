/** The bytes of a packet that there are to print. */
import { readInt32, readUint16 } from '../wire/integers.js';

/** A packet, or what is left of it behind a header: from an index of `bytes` to `end`. */
export interface Part {
  readonly bytes: Uint8Array;
  /** Index behind its last byte that is here. */
  readonly end: number;
}

/** True when `count` bytes are here. */
export function has({ end }: Part, at: number, count: number): boolean {
  return at + count <= end;
}

/** The same without what is behind an index, such as padding. */
export function upTo(part: Part, end: number): Part {
  return end < part.end ? { bytes: part.bytes, end } : part;
}

export function uint16({ bytes }: Part, at: number): number {
  return readUint16(bytes, at);
}

export function uint32({ bytes }: Part, at: number): number {
  return readInt32(bytes, at) >>> 0;
}

/** What tcpdump says where a header is cut off. */
export function cutIn(header: string): string {
  return ` [|${header}]`;
}
