/**
 * GENEVE over UDP (RFC 8926). Its options, of a class of this program's own, tell of a copy what its frame does not:
 *
 *      type  bytes     differs between
 *      1     8         frames              captureTime: nanoseconds since 1970
 *      2     4         directions          direction: 0 ingress, 1 egress
 *      3     4         frames              originalLength: bytes of the frame before it was cut
 *      4     4         sessions            sessionNumber
 *      5     4 to 64   sources             networkInterface: the source's id, UTF-8, with zeros behind it
 */
import type { EncapsulationOption, EncapsulationPlan } from '../plan/mirror-plan.js';
import * as wire from '../wire/geneve.js';
import { writeUint32 } from '../wire/integers.js';
import { UDP_HEADER_LENGTH } from '../wire/udp.js';
import { type CopiedFrom, type Encapsulation, type FrameFields, overUdp } from './encapsulation.js';

/** The longest text of an option; a longer one is cut. */
const MAXIMUM_TEXT_BYTES = 64;
const NUMBER_BYTES = 4;
const TIME_BYTES = 8;

/** An option, and where its data stands behind the GENEVE header. */
interface PlacedOption {
  readonly type: number;
  readonly data: number;
  readonly length: number;
  /** Writes what all packets of a session have; absent: 0, as it differs from frame to frame. */
  readonly write?: (bytes: Uint8Array, offset: number, from: CopiedFrom) => void;
}

type Option = Omit<PlacedOption, 'data'>;

const OPTIONS: Readonly<Record<EncapsulationOption, (networkInterface: string) => Option>> = {
  captureTime: () => ({ type: wire.MIRROR_OPTION_CAPTURE_TIME, length: TIME_BYTES }),
  direction: () => ({
    type: wire.MIRROR_OPTION_DIRECTION,
    length: NUMBER_BYTES,
    write: (bytes, offset, { direction }) => writeUint32(bytes, offset, direction === 'ingress' ? 0 : 1),
  }),
  originalLength: () => ({ type: wire.MIRROR_OPTION_ORIGINAL_LENGTH, length: NUMBER_BYTES }),
  sessionNumber: () => ({
    type: wire.MIRROR_OPTION_SESSION_NUMBER,
    length: NUMBER_BYTES,
    write: (bytes, offset, { sessionNumber }) => writeUint32(bytes, offset, sessionNumber),
  }),
  networkInterface: (networkInterface) => {
    const text = cutText(networkInterface);
    return {
      type: wire.MIRROR_OPTION_NETWORK_INTERFACE,
      length: text.length,
      write: (bytes, offset) => bytes.set(text, offset),
    };
  },
};

/** The encapsulation with the options of a plan. */
export function geneve({
  options = [],
  networkInterface = '',
}: Omit<EncapsulationPlan, 'name'>): Encapsulation {
  const placed = place(options, networkInterface);
  const optionsLength = placed.reduce(
    (sum, { length }) => sum + wire.GENEVE_OPTION_HEADER_LENGTH + length,
    0,
  );
  const frameFields = frameFieldsOf(placed);
  return overUdp({
    name: 'geneve',
    port: wire.GENEVE_PORT,
    headerLength: wire.GENEVE_HEADER_LENGTH + optionsLength,
    ...(frameFields && { frameFields }),
    writeHeader: (bytes, offset, vni, from) => {
      const first = offset + wire.GENEVE_HEADER_LENGTH;
      wire.emitGeneve(bytes, offset, vni, optionsLength);
      for (const { type, data, length, write } of placed) {
        const header = first + data - wire.GENEVE_OPTION_HEADER_LENGTH;
        wire.emitGeneveOption(bytes, header, wire.MIRROR_OPTION_CLASS, type, length);
        write?.(bytes, first + data, from);
      }
    },
    lengthOf: headerLengthOf,
  });
}

/** The encapsulation without options. */
export const GENEVE = geneve({});

/** In the order of their types, whatever the order of the plan. */
function place(options: readonly EncapsulationOption[], networkInterface: string): PlacedOption[] {
  let data = 0;
  return [...new Set(options)]
    .map((name) => OPTIONS[name](networkInterface))
    .sort((a, b) => a.type - b.type)
    .map((option) => {
      data += wire.GENEVE_OPTION_HEADER_LENGTH;
      const placed = { ...option, data };
      data += option.length;
      return placed;
    });
}

function frameFieldsOf(options: readonly PlacedOption[]): FrameFields | undefined {
  const behind = UDP_HEADER_LENGTH + wire.GENEVE_HEADER_LENGTH;
  const placeOf = (type: number): number | undefined => {
    const data = options.find((option) => option.type === type)?.data;
    return data === undefined ? undefined : behind + data;
  };
  const captureTime = placeOf(wire.MIRROR_OPTION_CAPTURE_TIME);
  const originalLength = placeOf(wire.MIRROR_OPTION_ORIGINAL_LENGTH);
  if (captureTime === undefined && originalLength === undefined) return undefined;
  return {
    ...(captureTime !== undefined && { captureTime }),
    ...(originalLength !== undefined && { originalLength }),
  };
}

/** A control packet carries no frame. What the captured bytes do not tell speaks for a frame. */
function headerLengthOf(bytes: Uint8Array, offset: number, end: number): number {
  if (wire.geneveVersion(bytes, offset) !== wire.GENEVE_VERSION) return -1;
  const isWhole = offset + wire.GENEVE_HEADER_LENGTH <= end;
  const isOther =
    isWhole &&
    (wire.isGeneveControl(bytes, offset) ||
      wire.geneveProtocol(bytes, offset) !== wire.ETHERTYPE_BRIDGED_ETHERNET);
  return isOther ? -1 : wire.GENEVE_HEADER_LENGTH + wire.geneveOptionsLength(bytes, offset);
}

/** A text in UTF-8, cut between two characters, with zeros up to a multiple of 4. */
function cutText(text: string): Uint8Array {
  const bytes = new Uint8Array(MAXIMUM_TEXT_BYTES);
  // Writes whole characters only.
  const { written } = new TextEncoder().encodeInto(text, bytes);
  return bytes.subarray(0, (written + 3) & ~3);
}
