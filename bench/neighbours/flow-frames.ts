/**
 * Frames of many flows, both ways, in the forms that workers must not take apart: whole, behind VLAN tags, in fragments,
 * and over IPv6 with a flow label that only one end sets. Each is unlike all others. No checksums: nobody looks at them.
 */

/** By direction of the device: from a frame, in hexadecimal, to the flow or datagram that it must stay with. */
export interface FlowFrames {
  readonly ingress: ReadonlyMap<string, string>;
  readonly egress: ReadonlyMap<string, string>;
}

/** A fragment. */
interface Piece {
  readonly identification: number;
  /** Bytes of the datagram in front of it, a multiple of 8. */
  readonly offset: number;
  readonly isLast: boolean;
}

interface FrameFields {
  /** Even ones are IPv4, odd ones IPv6. */
  readonly flow: number;
  readonly isAnswer: boolean;
  readonly tags?: string;
  readonly piece?: Piece;
  readonly serial: number;
}

/** To no host's link address, so that nobody answers. */
const LINK = '020000000002020000000001';
const TAGS = ['81000007', '88a8000981000007', '9100000381000004'];
/** Payload of each fragment; of a UDP packet that is not fragmented, its header included. */
const FRAGMENT_BYTES = 24;
const UDP_HEADER_BYTES = 8;
const FRAGMENTS = 3;
const TCP = 6;
const UDP = 17;
const FRAGMENT_HEADER = 44;
const SERVER_PORT = 443;
const CLIENT_PORT = 20_000;

/** @param flows of TCP and UDP, over IPv4 and IPv6. @param datagrams fragmented ones, each way. */
export function flowFrames(flows: number, datagrams: number): FlowFrames {
  let serial = 0;
  const ofDirection = (isAnswer: boolean): Map<string, string> => {
    const frames = new Map<string, string>();
    for (let flow = 0; flow < flows; flow++) {
      for (const tags of ['', TAGS[flow % TAGS.length]])
        frames.set(frame({ flow, isAnswer, tags, serial: ++serial }), `flow ${flow}`);
    }
    for (let datagram = 0; datagram < datagrams; datagram++) {
      for (let index = 0; index < FRAGMENTS; index++) {
        const isLast = index === FRAGMENTS - 1;
        const piece = { identification: datagram, offset: index * FRAGMENT_BYTES, isLast };
        const fields = { flow: datagram, isAnswer, piece, serial: ++serial };
        frames.set(frame(fields), `datagram ${datagram}, ${isAnswer ? 'answer' : 'request'}`);
      }
    }
    return frames;
  };
  return { ingress: ofDirection(false), egress: ofDirection(true) };
}

function frame(fields: FrameFields): string {
  const { flow, tags = '' } = fields;
  const type = flow % 2 === 0 ? '0800' : '86dd';
  const rest = flow % 2 === 0 ? ipv4(fields) : ipv6(fields);
  return LINK + tags + type + rest;
}

function ipv4(fields: FrameFields): string {
  const { flow, isAnswer, piece } = fields;
  const inside = transport(fields);
  const [near, far] = [`0a0400${hex(flow % 40, 1)}`, `0a0500${hex(flow % 7, 1)}`];
  const fragmentation =
    piece === undefined
      ? '00004000'
      : hex(piece.identification, 2) + hex((piece.isLast ? 0 : 0x2000) | (piece.offset / 8), 2);
  const length = hex(20 + inside.length / 2, 2);
  const ends = isAnswer ? far + near : near + far;
  return `4500${length}${fragmentation}40${hex(protocolOf(fields), 1)}0000${ends}${inside}`;
}

function ipv6(fields: FrameFields): string {
  const { flow, isAnswer, piece } = fields;
  const inside = transport(fields);
  const [near, far] = [`20010db80000${hex(flow % 40, 10)}`, `20010db80001${hex(flow % 7, 10)}`];
  const protocol = hex(protocolOf(fields), 1);
  const fragment =
    piece === undefined
      ? ''
      : `${protocol}00${hex(piece.offset | (piece.isLast ? 0 : 1), 2)}${hex(piece.identification, 4)}`;
  const next = piece === undefined ? protocol : hex(FRAGMENT_HEADER, 1);
  const label = hex(isAnswer ? flow + 1 : 0, 3).slice(1);
  const length = hex((fragment.length + inside.length) / 2, 2);
  return `600${label}${length}${next}40${isAnswer ? far + near : near + far}${fragment}${inside}`;
}

/** The header, except in later fragments, and bytes that tell the frame. */
function transport(fields: FrameFields): string {
  const { flow, isAnswer, piece, serial } = fields;
  const rest = hex(serial, 4).padEnd(2 * (FRAGMENT_BYTES - UDP_HEADER_BYTES), '0');
  if (piece !== undefined && piece.offset > 0) return rest.padEnd(2 * FRAGMENT_BYTES, '0');
  const [client, server] = [hex(CLIENT_PORT + flow, 2), hex(SERVER_PORT, 2)];
  const ports = isAnswer ? server + client : client + server;
  if (protocolOf(fields) === TCP) return `${ports}00000001000000015010ffff00000000${rest}`;
  const length = FRAGMENT_BYTES * (piece === undefined ? 1 : FRAGMENTS);
  return `${ports}${hex(length, 2)}0000${rest}`;
}

function protocolOf({ flow, piece }: FrameFields): number {
  return piece === undefined && flow % 4 < 2 ? TCP : UDP;
}

/** @param bytes how many, big-endian. */
function hex(value: number, bytes: number): string {
  return value.toString(16).padStart(2 * bytes, '0');
}
