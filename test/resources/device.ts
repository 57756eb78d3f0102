import t from 'tap';
import { parseDeviceName, parseNamespacePath } from '../../src/resources/device.js';

const deviceRows = [
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
  { name: 'an interface alias', input: 'eth0:1', good: false },
  { name: 'space', input: 'veth 0', good: false },
  { name: 'tab', input: 'veth\t0', good: false },
  { name: 'vertical tab', input: 'veth\v0', good: false },
  { name: 'line feed', input: 'veth0\n', good: false },
  { name: 'NUL', input: 'veth0\0', good: false },
  { name: 'the byte 0xa0 in à', input: 'veth-à', good: false },
  { name: 'number', input: 0, good: false },
  { name: 'missing', input: undefined, good: false },
];

for (const { name, input, good } of deviceRows) {
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

const NAMESPACE_TEXT = 'the absolute path of a network namespace, such as /run/netns/web';

const namespaceRows = [
  { name: 'from ip netns', input: '/run/netns/web', want: true },
  { name: 'of a process', input: '/proc/1234/ns/net', want: true },
  { name: 'of the greatest length', input: `/${'x'.repeat(4094)}`, want: true },
  { name: 'longer', input: `/${'x'.repeat(4095)}`, want: false },
  { name: 'longer in bytes', input: `/${'é'.repeat(2048)}`, want: false },
  { name: 'relative', input: 'web', want: false },
  { name: 'empty', input: '', want: false },
  { name: 'with a NUL', input: '/run/netns/we\0b', want: false },
  { name: 'with a line feed', input: '/run/netns/we\nb', want: false },
  { name: 'not text', input: 7, want: false },
];

for (const { name, input, want } of namespaceRows) {
  const result = parseNamespacePath(input);
  t.equal(result.ok, want, name);
  if (!result.ok) t.match(result.text, NAMESPACE_TEXT, `${name}: what would do`);
}
