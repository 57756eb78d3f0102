/** A DNS message in tcpdump's form: questions of a query, answers of a response, as far as they are addresses and names. */
import { ipv4Text, ipv6Text } from './addresses.js';
import { cutIn, has, type Part, uint16 } from './part.js';

const HEADER_LENGTH = 12;
const FLAGS = 2;
const COUNTS = 4;
/** Bytes of type and class of a question, and of all in front of the data of a record. */
const QUESTION_LENGTH = 4;
const RECORD_LENGTH = 10;
const RECORD_DATA_LENGTH = 8;

const IS_RESPONSE = 0x8000;
const AUTHORITATIVE = 0x0400;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;
const RECURSION_AVAILABLE = 0x0080;
const AUTHENTIC = 0x0020;
const CHECKING_DISABLED = 0x0010;
/** Bits that a query does not have, as tcpdump sees it. */
const ODD_IN_QUERIES = 0x06cf;

const OPERATIONS: readonly string[] = [
  ...['', ' inv_q', ' stat', ' op3', ' notify', ' update', ' op6', ' op7', ' op8', ' updateA', ' updateD'],
  ...[' updateDA', ' updateM', ' updateMA', ' zoneInit', ' zoneRef'],
];
const INVERSE_QUERY = 1;
const RESPONSES: readonly string[] = [
  ...['', ' FormErr', ' ServFail', ' NXDomain', ' NotImp', ' Refused', ' YXDomain', ' YXRRSet', ' NXRRSet'],
  ...[' NotAuth', ' NotZone', ' Resp11', ' Resp12', ' Resp13', ' Resp14', ' NoChange'],
];
const TYPES: Readonly<Record<number, string>> = {
  ...{ 1: 'A', 2: 'NS', 5: 'CNAME', 6: 'SOA', 10: 'NULL', 12: 'PTR', 13: 'HINFO', 15: 'MX', 16: 'TXT' },
  ...{ 17: 'RP', 28: 'AAAA', 29: 'LOC', 33: 'SRV', 35: 'NAPTR', 37: 'CERT', 39: 'DNAME', 41: 'OPT' },
  ...{ 43: 'DS', 44: 'SSHFP', 46: 'RRSIG', 47: 'NSEC', 48: 'DNSKEY', 50: 'NSEC3', 52: 'TLSA', 64: 'SVCB' },
  ...{ 65: 'HTTPS', 99: 'SPF', 251: 'IXFR', 252: 'AXFR', 255: 'ANY', 257: 'CAA' },
};
const CLASS_IN = 1;
const CLASSES: Readonly<Record<number, string>> = { 1: 'IN', 2: 'CS', 3: 'CHAOS', 4: 'HS', 255: 'ANY' };

/** More than a name has, each of its labels escaped, would be a trick (RFC 1035 §3.1). */
const MAXIMUM_NAME_BYTES = 255;
/** Of one message: more than one line holds. */
const MAXIMUM_RECORDS = 32;

/** @param at of the message. @param length of it, with what is not here. */
export function printDns(part: Part, at: number, length: number): string {
  if (length < HEADER_LENGTH) return `domain [length ${length} < ${HEADER_LENGTH}] (invalid)`;
  if (!has(part, at, HEADER_LENGTH)) return cutIn('domain');
  const flags = uint16(part, at + FLAGS);
  const counts = [0, 1, 2, 3].map((index) => uint16(part, at + COUNTS + 2 * index));
  const printed = (flags & IS_RESPONSE) === 0 ? query(part, at, counts) : response(part, at, counts);
  return `${uint16(part, at)}${printed.text}${printed.isWhole ? ` (${length})` : cutIn('domain')}`;
}

interface Printed {
  readonly text: string;
  /** False: the message ends in the middle, or is not well formed. */
  readonly isWhole: boolean;
}

function query(
  part: Part,
  at: number,
  [questions = 0, answers = 0, authorities = 0, more = 0]: number[],
): Printed {
  const flags = uint16(part, at + FLAGS);
  const operation = (flags >>> 11) & 0xf;
  const isInverse = operation === INVERSE_QUERY;
  const notes = [
    OPERATIONS[operation],
    (flags & RECURSION_DESIRED) === 0 ? '' : '+',
    (flags & CHECKING_DISABLED) === 0 ? '' : '%',
    (flags & ODD_IN_QUERIES) === 0 ? '' : ` [b2&3=0x${flags.toString(16)}]`,
    ...(isInverse && questions > 0 ? [` [${questions}q]`] : []),
    ...(isInverse ? (answers === 1 ? [] : [` [${answers}a]`]) : answers > 0 ? [` [${answers}a]`] : []),
    !isInverse && questions !== 1 ? ` [${questions}q]` : '',
    authorities > 0 ? ` [${authorities}n]` : '',
    more > 0 ? ` [${more}au]` : '',
  ];
  const texts: string[] = [];
  let next = at + HEADER_LENGTH;
  for (let index = 0; index < Math.min(questions, MAXIMUM_RECORDS); index++) {
    const end = skipName(part, next);
    if (end < 0 || !has(part, end, QUESTION_LENGTH))
      return { text: [...notes, ...texts].join(''), isWhole: false };
    const name = nameAt(part, at, next);
    texts.push(` ${typeName(uint16(part, end))}${className(uint16(part, end + 2))}? ${name.text}`);
    if (!name.isWhole) return { text: [...notes, ...texts].join(''), isWhole: false };
    next = end + QUESTION_LENGTH;
  }
  return { text: [...notes, ...texts].join(''), isWhole: questions <= MAXIMUM_RECORDS };
}

function response(
  part: Part,
  at: number,
  [questions = 0, answers = 0, authorities = 0, more = 0]: number[],
): Printed {
  const flags = uint16(part, at + FLAGS);
  const start = [
    OPERATIONS[(flags >>> 11) & 0xf],
    RESPONSES[flags & 0xf],
    (flags & AUTHORITATIVE) === 0 ? '' : '*',
    (flags & RECURSION_AVAILABLE) === 0 ? '-' : '',
    (flags & TRUNCATED) === 0 ? '' : '|',
    (flags & AUTHENTIC) === 0 ? '' : '$',
    questions === 1 ? '' : ` [${questions}q]`,
  ].join('');
  let next = at + HEADER_LENGTH;
  for (let index = 0; index < Math.min(questions, MAXIMUM_RECORDS); index++) {
    const end = skipName(part, next);
    if (end < 0 || !has(part, end, QUESTION_LENGTH)) return { text: start, isWhole: false };
    next = end + QUESTION_LENGTH;
  }
  const head = `${start} ${answers}/${authorities}/${more}`;
  const texts: string[] = [];
  for (let index = 0; index < Math.min(answers, MAXIMUM_RECORDS); index++) {
    const end = skipName(part, next);
    if (end < 0 || !has(part, end, RECORD_LENGTH)) return { text: joined(head, texts), isWhole: false };
    const dataLength = uint16(part, end + RECORD_DATA_LENGTH);
    const isHere = has(part, end + RECORD_LENGTH, dataLength);
    const record = isHere ? printRecord(part, at, end, dataLength) : unread(part, end);
    texts.push(record.text);
    if (!isHere || !record.isWhole) return { text: joined(head, texts), isWhole: false };
    next = end + RECORD_LENGTH + dataLength;
  }
  return { text: joined(head, texts), isWhole: answers <= MAXIMUM_RECORDS };
}

function joined(head: string, records: readonly string[]): string {
  return records.length === 0 ? head : `${head} ${records.join(', ')}`;
}

function unread(part: Part, at: number): Printed {
  return { text: typeName(uint16(part, at)), isWhole: false };
}

/** @param message where it begins. @param at behind the record's name. @param length of its data, all of which is here. */
function printRecord(part: Part, message: number, at: number, length: number): Printed {
  const type = uint16(part, at);
  const data = at + RECORD_LENGTH;
  const name = `${className(uint16(part, at + 2)).trimStart()} ${typeName(type)}`.trimStart();
  const named = (start: number, behind = ''): Printed => {
    if (start >= data + length) return { text: name, isWhole: false };
    const { text, isWhole } = nameAt(part, message, start);
    return { text: `${name} ${text}${isWhole ? behind : ''}`, isWhole };
  };
  switch (TYPES[type]) {
    case 'A':
      return length < 4
        ? { text: name, isWhole: false }
        : { text: `${name} ${ipv4Text(part, data)}`, isWhole: true };
    case 'AAAA':
      return length < 16
        ? { text: name, isWhole: false }
        : { text: `${name} ${ipv6Text(part, data)}`, isWhole: true };
    case 'NS':
    case 'CNAME':
    case 'PTR':
    case 'DNAME':
      return named(data);
    case 'MX':
      return length < 3 ? { text: name, isWhole: false } : named(data + 2, ` ${uint16(part, data)}`);
    default:
      return { text: name, isWhole: true };
  }
}

function typeName(type: number): string {
  return TYPES[type] ?? `Type${type}`;
}

/** Nothing for IN. */
function className(number: number): string {
  return number === CLASS_IN ? '' : ` ${CLASSES[number] ?? `(Class ${number})`}`;
}

/** @returns where a name ends; -1: it does not end in what is here. */
function skipName(part: Part, start: number): number {
  let at = start;
  while (has(part, at, 1)) {
    const length = part.bytes[at];
    if (length === 0) return at + 1;
    if (length >= 0xc0) return has(part, at, 2) ? at + 2 : -1;
    // No other kind of label is in use (RFC 6891 §5).
    if (length >= 0x40) return -1;
    at += 1 + length;
  }
  return -1;
}

/** @param message where it begins: pointers count from there, and each must point before the one before. */
function nameAt(part: Part, message: number, start: number): Printed {
  let text = '';
  let at = start;
  let limit = start;
  let bytes = 0;
  while (has(part, at, 1)) {
    const length = part.bytes[at];
    if (length === 0) return { text: text === '' ? '.' : text, isWhole: true };
    if (length >= 0xc0) {
      if (!has(part, at, 2)) break;
      const target = message + (uint16(part, at) & 0x3fff);
      if (target >= limit) return { text: `${text}<BAD PTR>`, isWhole: false };
      at = target;
      limit = target;
      continue;
    }
    bytes += 1 + length;
    if (length >= 0x40 || bytes > MAXIMUM_NAME_BYTES || !has(part, at + 1, length)) break;
    for (let index = 1; index <= length; index++) text += visible(part.bytes[at + index]);
    text += '.';
    at += 1 + length;
  }
  return { text, isWhole: false };
}

/** As cat -v shows it: a name must not move a terminal's cursor. */
function visible(byte: number): string {
  if (byte >= 0x80) return `M-${visible(byte & 0x7f)}`;
  return byte < 0x20 || byte === 0x7f ? `^${String.fromCharCode(byte ^ 0x40)}` : String.fromCharCode(byte);
}
