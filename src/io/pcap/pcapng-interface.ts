/** Interface description blocks of pcapng: of what kind an interface's frames and timestamps are. */
import {
  INTERFACE_LINK_TYPE,
  INTERFACE_OPTIONS,
  INTERFACE_SNAPSHOT_LENGTH,
  OPTION_CODE,
  OPTION_END,
  OPTION_HEADER_LENGTH,
  OPTION_LENGTH,
  OPTION_TIMESTAMP_OFFSET,
  OPTION_TIMESTAMP_RESOLUTION,
  OPTION_VALUE,
} from '../../wire/pcapng.js';
import type { PcapngBlock } from './pcapng-block.js';
import { unitsPerSecond } from './pcapng-timestamp.js';

export interface PcapngInterface {
  readonly linkType: number;
  /** Bytes kept of a frame; 0: all. */
  readonly snapshotLength: number;
  /** Of timestamps; microseconds where the file does not say. */
  unitsPerSecond: number;
  /** Seconds to add to every timestamp. */
  offsetSeconds: number;
}

/** @param block at the start of an interface description. @throws CaptureFileError */
export function readInterface(block: PcapngBlock): PcapngInterface {
  block.need(INTERFACE_OPTIONS);
  const description: PcapngInterface = {
    linkType: block.uint16(INTERFACE_LINK_TYPE),
    snapshotLength: block.uint32(INTERFACE_SNAPSHOT_LENGTH),
    unitsPerSecond: 1e6,
    offsetSeconds: 0,
  };
  block.advance(INTERFACE_OPTIONS);
  while (block.has(OPTION_HEADER_LENGTH)) {
    block.need(OPTION_HEADER_LENGTH);
    const code = block.uint16(OPTION_CODE);
    const length = block.uint16(OPTION_LENGTH);
    if (code === OPTION_END) break;
    if (code === OPTION_TIMESTAMP_RESOLUTION && length === 1) description.unitsPerSecond = readUnits(block);
    if (code === OPTION_TIMESTAMP_OFFSET && length === 8) description.offsetSeconds = readOffset(block);
    block.advance(OPTION_HEADER_LENGTH + Math.ceil(length / 4) * 4);
  }
  return description;
}

function readUnits(block: PcapngBlock): number {
  block.need(OPTION_VALUE + 1);
  const resolution = block.uint8(OPTION_VALUE);
  const units = unitsPerSecond(resolution);
  if (units !== undefined) return units;
  throw block.error('CAPTURE_FILE_MALFORMED', `timestamps of resolution ${resolution}, finer than any clock`);
}

/** A signed 64-bit integer; as seconds of any calendar it fits into a double. */
function readOffset(block: PcapngBlock): number {
  block.need(OPTION_VALUE + 8);
  const [low, high] = block.littleEndian ? [0, 4] : [4, 0];
  return (block.uint32(OPTION_VALUE + high) | 0) * 2 ** 32 + block.uint32(OPTION_VALUE + low);
}
