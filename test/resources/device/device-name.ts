import t from 'tap';
import { parseDeviceName } from '../../../src/resources/device.js';

const rows = [
  { name: 'ordinary', input: 'veth0', good: true },
  { name: 'one byte', input: 'e', good: true },
  { name: '15 bytes', input: 'wlan0-very-long', good: true },
  { name: 'dots and digits', input: '10.9.0.2', good: true },
  { name: 'three dots', input: '...', good: true },
  { name: 'other bytes', input: 'eth-ö', good: true },
  { name: 'empty', input: '', good: false },
  { name: '16 bytes', input: 'wlan0-very-long0', good: false },
  { name: '15 characters of 16 bytes', input: 'wlan0-very-lonö', good: false },
  { name: 'dot', input: '.', good: false },
  { name: 'two dots', input: '..', good: false },
  { name: 'slash', input: 'veth/0', good: false },
  { name: 'alias of old', input: 'eth0:1', good: false },
  { name: 'space', input: 'veth 0', good: false },
  { name: 'tab', input: 'veth\t0', good: false },
  { name: 'vertical tab', input: 'veth\v0', good: false },
  { name: 'line feed', input: 'veth0\n', good: false },
  { name: 'NUL', input: 'veth0\0', good: false },
  { name: 'the byte 0xa0 in à', input: 'veth-à', good: false },
  { name: 'number', input: 0, good: false },
  { name: 'missing', input: undefined, good: false },
];

for (const { name, input, good } of rows) {
  t.equal(parseDeviceName(input).ok, good, name);
}

t.strictSame(
  parseDeviceName('veth/0'),
  {
    ok: false,
    text: `expected a device name of 1 to 15 bytes without '/', ':', white space and control characters, got "veth/0"`,
  },
  'text',
);
