/** What a target sees of a packet: the outer packet of its copy, put together by the code that sends copies. */
import { layOutCounters } from '../../../../src/counters/lane-bases.js';
import type { Explanation } from '../../../../src/explain/explanation.js';
import { Frame, HEADROOM_BYTES } from '../../../../src/io/frame.js';
import { interpretedFilter } from '../../../../src/match/interpret.js';
import { buildMirror } from '../../../../src/mirror/build-mirror.js';
import { memorySinks } from '../../../../src/mirror/memory-sinks.js';
import type { MirrorPlan } from '../../../../src/plan/mirror-plan.js';
import { printIpv4 } from '../../../../src/print/print-ipv4.js';
import { printIpv6 } from '../../../../src/print/print-ipv6.js';
import { printFrame } from '../../../../src/print/print-packet.js';
import { isIpv6Text } from '../../../../src/wire/address.js';
import type { TestSetup } from './capture-test.js';

/** The outer packet. */
export interface CopyView {
  /** Its own header, and the frame in it, in tcpdump's words. */
  readonly outer: string;
  readonly inner: string;
  /** From its IP header on. */
  readonly bytes: Uint8Array;
}

const LINE_BYTES = 16;
const WORD_BYTES = 4;

/**
 * @param frame that `explanation` is of
 * @param time when the device saw it, since 1970, for encapsulations that tell it
 * @returns undefined when there is no copy
 */
export function copyView(
  { source, plan }: TestSetup,
  { copy, direction, length }: Explanation,
  frame: Frame,
  time: { readonly seconds: number; readonly nanoseconds: number },
): CopyView | undefined {
  if (copy === undefined) return undefined;
  // The copy goes where the explanation says: the flow hash chose among the addresses that can be reached.
  const sessions = source.sessions.map((session) => ({ ...session, targetAddresses: [copy.address] }));
  const cut = { ...source, sessions: sessions.map((one) => ({ ...one, packetLength: copy.frameLength })) };
  const lane = { source: cut, direction };
  const { counters, bases } = layOutCounters([lane]);
  let packet: Uint8Array | undefined;
  const sinkOf = memorySinks(cut, optionsOf(plan), counters, (bytes, offset, count) => {
    packet = bytes.slice(offset, offset + count);
  });
  const mirror = buildMirror(lane, interpretedFilter(cut, direction), counters, bases[0]!, sinkOf);
  mirror.consume(withHeadroom(frame, time));
  mirror.endBatch();
  if (packet === undefined) return undefined;
  const start = copy.packetLength - copy.frameLength;
  const part = { bytes: packet, end: packet.length };
  return {
    outer: (isIpv6Text(copy.address) ? printIpv6 : printIpv4)(part, 0, packet.length),
    inner: printFrame(packet, start, packet.length - start, length),
    bytes: packet,
  };
}

function optionsOf({ engine: { oversize, dscp } }: MirrorPlan) {
  return { oversize, dscp };
}

function withHeadroom(
  { bytes, offset, capturedLength, wireLength }: Frame,
  { seconds, nanoseconds }: { readonly seconds: number; readonly nanoseconds: number },
): Frame {
  const memory = new Uint8Array(Math.ceil((HEADROOM_BYTES + capturedLength) / WORD_BYTES) * WORD_BYTES);
  memory.set(bytes.subarray(offset, offset + capturedLength), HEADROOM_BYTES);
  const frame = new Frame(memory);
  frame.words = new Int32Array(2);
  frame.words.set([seconds, nanoseconds]);
  frame.timeWord = 0;
  frame.offset = HEADROOM_BYTES;
  frame.capturedLength = capturedLength;
  frame.wireLength = wireLength;
  return frame;
}

/** Lines of a hex dump: offset, 16 bytes, and the same as text. @param maximum bytes that are shown */
export function hexLines(bytes: Uint8Array, maximum: number): string[] {
  const shown = bytes.subarray(0, maximum);
  const lines = Array.from({ length: Math.ceil(shown.length / LINE_BYTES) }, (_, line) => {
    const part = [...shown.subarray(line * LINE_BYTES, (line + 1) * LINE_BYTES)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, '0'));
    const left = hex.slice(0, LINE_BYTES / 2).join(' ');
    const right = hex.slice(LINE_BYTES / 2).join(' ');
    const text = part.map((byte) => (byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    const offset = (line * LINE_BYTES).toString(16).padStart(4, '0');
    return `${offset}  ${`${left}  ${right}`.padEnd(3 * LINE_BYTES)}  ${text}`;
  });
  return shown.length < bytes.length ? [...lines, `${bytes.length - shown.length} bytes more`] : lines;
}
