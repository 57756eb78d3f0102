/** How much of a piece of a capture, which begins with a block, is whole. */
import { readUint32In } from '../wire/integers.js';
import { BLOCK_ENHANCED_PACKET } from '../wire/pcapng-block.js';

const BLOCK_TYPE = 0;
const BLOCK_LENGTH = 4;
const BLOCK_MINIMUM = 12;

/** Bytes of the whole blocks before `end`. */
export function wholeBlocks(bytes: Uint8Array, end: number): number {
  let at = 0;
  while (at + BLOCK_MINIMUM <= end && at + lengthAt(bytes, at) <= end) at += lengthAt(bytes, at);
  return at;
}

/** Frames in the whole blocks before `end`. */
export function framesIn(bytes: Uint8Array, end: number): number {
  let frames = 0;
  const whole = wholeBlocks(bytes, end);
  for (let at = 0; at < whole; at += lengthAt(bytes, at)) {
    if (readUint32In(bytes, at + BLOCK_TYPE, true) === BLOCK_ENHANCED_PACKET) frames += 1;
  }
  return frames;
}

/** At least the smallest, so that a search always goes on. */
function lengthAt(bytes: Uint8Array, at: number): number {
  return Math.max(BLOCK_MINIMUM, readUint32In(bytes, at + BLOCK_LENGTH, true));
}
