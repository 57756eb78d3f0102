/** The frames that `traffic-mirror explain` is asked about: a packet in words, hexadecimal digits, or a capture file. */
import { parseHexFrame } from '../explain/hex-frame.js';
import { buildFrame } from '../explain/packet-frame.js';
import { parsePacket } from '../explain/packet-text.js';
import type { Frame, FrameConsumer, PullSource } from '../io/frame.js';
import { MemorySource } from '../io/memory.js';
import { CaptureFileError } from '../io/pcap/capture-file-error.js';
import { PcapFileSource } from '../io/pcap/pcap-source.js';
import { DIRECTIONS, type Direction } from '../plan/mirror-plan.js';
import { show } from '../resources/parsed.js';
import { MAC_LENGTH, sourceMacEquals } from '../wire/ethernet.js';
import { MAXIMUM_SNAPLEN } from '../wire/pcap.js';
import { CommandError, EXIT_BAD_INPUT, EXIT_WRONG_USAGE } from './command-error.js';
import { parseMac } from './replay.js';

/** The options of `explain` that say which frames. */
export interface InputOptions {
  readonly packet?: string;
  readonly frame?: string;
  readonly in?: string;
  readonly direction?: string;
  readonly egressMac?: string;
  readonly count?: string;
}

/** The frames, and their direction. */
export interface ExplainInput {
  readonly frames: PullSource;
  /** How many are explained at most. */
  readonly count: number;
  /** True for a capture file, which has any number of frames. */
  readonly isCapture: boolean;
  directionOf(frame: Frame): Direction;
}

/** Frames that are explained before the output is waited for. */
const BATCH_FRAMES = 64;

/** @returns undefined when no frame is asked about. @throws CommandError */
export function openInput(options: InputOptions): ExplainInput | undefined {
  const { packet, frame, in: file, direction, egressMac, count } = options;
  const given = [packet, frame, file].filter((input) => input !== undefined).length;
  if (given > 1) throw wrongUsage('give one of --packet, --frame and --in');
  if (given === 0) return requireNoOptions(options);
  if (direction !== undefined && egressMac !== undefined)
    throw wrongUsage('give --direction or --egress-mac');
  if (file === undefined && count !== undefined) throw wrongUsage('--count is for --in');
  return {
    directionOf: directionOf(direction, egressMac),
    count: count === undefined ? Number.POSITIVE_INFINITY : parseCount(count),
    isCapture: file !== undefined,
    frames: file === undefined ? new MemorySource([bytesOf(packet, frame)]) : new PcapFileSource(file),
  };
}

/**
 * Hands over the frames of an input, a batch at a time.
 * @param onBatch called after each; the next waits for it.
 * @throws CommandError for a damaged file, after all frames before the damage (rejects)
 */
export async function readInput(
  { frames, count }: ExplainInput,
  consumer: Pick<FrameConsumer, 'consume'>,
  onBatch: () => Promise<void>,
): Promise<void> {
  let left = count;
  const batch: FrameConsumer = { consume: (frame) => consumer.consume(frame), endBatch: () => {} };
  try {
    for (;;) {
      const pulled = left > 0 ? frames.pull(batch, Math.min(left, BATCH_FRAMES)) : 0;
      if (pulled === 0) return;
      left -= pulled;
      await onBatch();
    }
  } finally {
    frames.close();
  }
}

/** Turns an error of a capture file into one of the command. */
export function asInputError(error: unknown): unknown {
  return error instanceof CaptureFileError ? new CommandError(EXIT_BAD_INPUT, error.message) : error;
}

function requireNoOptions({ direction, egressMac, count }: InputOptions): undefined {
  const options = { '--direction': direction, '--egress-mac': egressMac, '--count': count };
  const given = Object.entries(options).find(([, value]) => value !== undefined);
  if (given !== undefined) throw wrongUsage(`${given[0]} needs --packet, --frame or --in`);
  return undefined;
}

function directionOf(
  direction: string | undefined,
  egressMac: string | undefined,
): ExplainInput['directionOf'] {
  if (egressMac !== undefined) {
    const mac = parseMac(egressMac);
    return ({ bytes, offset, capturedLength }) =>
      capturedLength >= 2 * MAC_LENGTH && sourceMacEquals(bytes, offset, mac) ? 'egress' : 'ingress';
  }
  const chosen = DIRECTIONS.find((known) => known === (direction ?? 'ingress'));
  if (chosen === undefined) {
    throw wrongUsage(`--direction ${show(direction)}: not one of ${DIRECTIONS.join(', ')}`);
  }
  return () => chosen;
}

function parseCount(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count > 0) return count;
  throw wrongUsage(`--count ${show(text)}: not a number of frames from 1 to 999999999`);
}

function bytesOf(packet: string | undefined, hex: string | undefined): Uint8Array {
  if (packet === undefined) {
    const frame = parseHexFrame(hex ?? '', MAXIMUM_SNAPLEN);
    if (frame.ok) return frame.value;
    throw new CommandError(EXIT_BAD_INPUT, `--frame: ${frame.text}`);
  }
  const words = parsePacket(packet);
  const frame = words.ok ? buildFrame(words.value) : words;
  if (frame.ok) return frame.value;
  throw new CommandError(EXIT_BAD_INPUT, `--packet ${show(packet)}: ${frame.text}`);
}

function wrongUsage(text: string): CommandError {
  return new CommandError(EXIT_WRONG_USAGE, `explain: ${text}`);
}
