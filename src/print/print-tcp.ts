/** A TCP header in tcpdump's form, with absolute sequence numbers and without anything of the payload. */
import { cutIn, has, type Part, uint16, uint32, upTo } from './part.js';

const HEADER_LENGTH = 20;
const SEQUENCE = 4;
const ACKNOWLEDGMENT = 8;
const DATA_OFFSET = 12;
const FLAGS = 13;
const WINDOW = 14;
const URGENT = 18;

/** In the order of their bits. */
const FLAG_LETTERS = 'FSRP.UEW';
const FIN_SYN_RST = 0x07;
const ACK = 0x10;
const URG = 0x20;

const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_NAMES: Readonly<Record<number, string>> = {
  0: 'eol',
  1: 'nop',
  2: 'mss',
  3: 'wscale',
  4: 'sackOK',
  5: 'sack',
  8: 'TS',
};

/** @param at of the header. @param length of the segment, with what is not here. @returns what follows the addresses. */
export function printTcp(part: Part, at: number, length: number): string {
  if (!has(part, at, HEADER_LENGTH)) return cutIn('tcp');
  const headerLength = (part.bytes[at + DATA_OFFSET] >>> 4) * 4;
  if (headerLength < HEADER_LENGTH) {
    const behind = length - headerLength;
    return ` tcp ${behind} [bad hdr length ${headerLength} - too short, < ${HEADER_LENGTH}]`;
  }
  const flags = part.bytes[at + FLAGS];
  const letters = [...FLAG_LETTERS].filter((_, bit) => ((flags >>> bit) & 1) === 1).join('');
  const start = `Flags [${letters || 'none'}]`;
  if (headerLength > length) return `${start} [bad hdr length ${headerLength} - too long, > ${length}]`;
  const payload = length - headerLength;
  const sequence = uint32(part, at + SEQUENCE);
  const fields = [
    ...(payload > 0 || (flags & FIN_SYN_RST) !== 0 ? [`seq ${range(sequence, payload)}`] : []),
    ...((flags & ACK) === 0 ? [] : [`ack ${uint32(part, at + ACKNOWLEDGMENT)}`]),
    `win ${uint16(part, at + WINDOW)}`,
    ...((flags & URG) === 0 ? [] : [`urg ${uint16(part, at + URGENT)}`]),
  ];
  const text = [start, ...fields].join(', ');
  if (headerLength === HEADER_LENGTH) return `${text}, length ${payload}`;
  const options = printOptions(upTo(part, at + headerLength), at + HEADER_LENGTH, at + headerLength);
  return `${text}, options [${options.text}${options.isWhole ? `], length ${payload}` : ''}`;
}

/** tcpdump adds the length without keeping to 32 bits only where it prints them. */
function range(sequence: number, payload: number): string {
  return payload > 0 ? `${sequence}:${(sequence + payload) >>> 0}` : String(sequence);
}

interface Options {
  readonly text: string;
  /** False when something is wrong with them, or missing: then nothing follows. */
  readonly isWhole: boolean;
}

/** @param end of the options, whether or not they are here. */
function printOptions(part: Part, start: number, end: number): Options {
  const texts: string[] = [];
  const broken = (how: string): Options => ({ text: [...texts, how].join(','), isWhole: false });
  for (let at = start; at < end; ) {
    if (!has(part, at, 1)) return broken(cutIn('tcp'));
    const kind = part.bytes[at];
    const isSingle = kind === OPTION_END || kind === OPTION_NOP;
    if (!isSingle && !has(part, at, 2)) return broken(at + 2 > end ? '[bad opt]' : cutIn('tcp'));
    const length = isSingle ? 1 : part.bytes[at + 1];
    if (!isSingle && (length < 2 || at + length > end)) return broken('[bad opt]');
    if (!has(part, at, length)) return broken(`${nameOf(kind)}${cutIn('tcp')}`);
    texts.push(printOption(part, kind, at + 2, length));
    if (kind === OPTION_END) break;
    at += length;
  }
  return { text: texts.join(','), isWhole: true };
}

function nameOf(kind: number): string {
  return OPTION_NAMES[kind] ?? `unknown-${kind}`;
}

/** @param at of the value. @param length of the whole option, all of which is here. */
function printOption(part: Part, kind: number, at: number, length: number): string {
  const name = nameOf(kind);
  const valueLength = length - 2;
  switch (kind) {
    case 0:
    case 1:
      return name;
    case 2:
      return withLength(`${name} ${uint16(part, at)}`, valueLength, 2);
    case 3:
      return withLength(`${name} ${part.bytes[at]}`, valueLength, 1);
    case 4:
      return withLength(name, valueLength, 0);
    case 5:
      return `${name} ${valueLength % 8 === 0 ? sackBlocks(part, at, valueLength) : 'invalid'}`;
    case 8:
      return withLength(`${name} val ${uint32(part, at)} ecr ${uint32(part, at + 4)}`, valueLength, 8);
    default:
      return valueLength === 0 ? name : `${name} 0x${hex(part.bytes.subarray(at, at + valueLength))}`;
  }
}

/** An option whose value has another length than its kind allows is told by that alone: its value is somebody else's. */
function withLength(text: string, length: number, wanted: number): string {
  return length === wanted ? text : `${text.split(' ')[0]} [len ${length + 2}]`;
}

function sackBlocks(part: Part, at: number, length: number): string {
  const blocks = Array.from({ length: length / 8 }, (_, index) => {
    const block = at + 8 * index;
    return `{${uint32(part, block)}:${uint32(part, block + 4)}}`;
  });
  return `${blocks.length} ${blocks.join('')}`;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
