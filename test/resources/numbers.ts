import t from 'tap';
import {
  parsePacketLength,
  parsePort,
  parseProtocol,
  parseRuleNumber,
  parseSessionNumber,
  parseVni,
} from '../../src/resources/numbers.js';

const HINT = ' (6 is TCP, 17 is UDP; leave protocol out for all)';

const good = [
  { name: 'lowest vni', parse: parseVni, input: 0 },
  { name: 'highest vni', parse: parseVni, input: 16_777_215 },
  { name: 'lowest session number', parse: parseSessionNumber, input: 1 },
  { name: 'highest session number', parse: parseSessionNumber, input: 32_766 },
  { name: 'lowest rule number', parse: parseRuleNumber, input: 1 },
  { name: 'highest rule number', parse: parseRuleNumber, input: 32_766 },
  { name: 'lowest packet length', parse: parsePacketLength, input: 1 },
  { name: 'highest packet length', parse: parsePacketLength, input: 65_535 },
  { name: 'lowest protocol', parse: parseProtocol, input: 0 },
  { name: 'highest protocol', parse: parseProtocol, input: 255 },
  { name: 'lowest port', parse: parsePort, input: 0 },
  { name: 'highest port', parse: parsePort, input: 65_535 },
];

for (const { name, parse, input } of good) {
  t.strictSame(parse(input), { ok: true, value: input }, name);
}

const bad = [
  { name: 'vni below', parse: parseVni, input: -1, want: 'expected a number from 0 to 16777215, got -1' },
  {
    name: 'vni above',
    parse: parseVni,
    input: 2 ** 24,
    want: 'expected a number from 0 to 16777215, got 16777216',
  },
  {
    name: 'session number 0',
    parse: parseSessionNumber,
    input: 0,
    want: 'expected a number from 1 to 32766, got 0',
  },
  {
    name: 'session number above',
    parse: parseSessionNumber,
    input: 32_767,
    want: 'expected a number from 1 to 32766, got 32767',
  },
  {
    name: 'rule number 0',
    parse: parseRuleNumber,
    input: 0,
    want: 'expected a number from 1 to 32766, got 0',
  },
  {
    name: 'packet length 0',
    parse: parsePacketLength,
    input: 0,
    want: 'expected a number from 1 to 65535, got 0',
  },
  {
    name: 'port above',
    parse: parsePort,
    input: 65_536,
    want: 'expected a number from 0 to 65535, got 65536',
  },
  {
    name: 'all protocols',
    parse: parseProtocol,
    input: -1,
    want: `expected a number from 0 to 255, got -1${HINT}`,
  },
  {
    name: 'protocol name',
    parse: parseProtocol,
    input: 'tcp',
    want: `expected a number from 0 to 255, got "tcp"${HINT}`,
  },
  {
    name: 'word',
    parse: parseSessionNumber,
    input: 'one',
    want: 'expected a number from 1 to 32766, got "one"',
  },
  {
    name: 'digits in text',
    parse: parsePort,
    input: '80',
    want: 'expected a number from 0 to 65535, got "80"',
  },
  {
    name: 'fraction',
    parse: parsePort,
    input: 1.5,
    want: 'expected a whole number from 0 to 65535, got 1.5',
  },
  {
    name: 'infinity',
    parse: parsePort,
    input: Infinity,
    want: 'expected a whole number from 0 to 65535, got Infinity',
  },
  {
    name: 'not a number',
    parse: parsePort,
    input: NaN,
    want: 'expected a whole number from 0 to 65535, got NaN',
  },
  { name: 'null', parse: parsePort, input: null, want: 'expected a number from 0 to 65535, got nothing' },
  { name: 'boolean', parse: parsePort, input: true, want: 'expected a number from 0 to 65535, got true' },
  { name: 'list', parse: parsePort, input: [80], want: 'expected a number from 0 to 65535, got a list' },
  { name: 'mapping', parse: parsePort, input: {}, want: 'expected a number from 0 to 65535, got a mapping' },
  { name: 'missing', parse: parsePort, input: undefined, want: 'missing, expected a number from 0 to 65535' },
];

for (const { name, parse, input, want } of bad) {
  t.strictSame(parse(input), { ok: false, text: want }, name);
}
