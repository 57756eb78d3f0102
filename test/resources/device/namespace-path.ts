import t from 'tap';
import { parseNamespacePath } from '../../../src/resources/device.js';

const WANTED = 'the absolute path of a network namespace, such as /run/netns/web';

const rows = [
  { name: 'of ip netns', input: '/run/netns/web', want: true },
  { name: 'of a process', input: '/proc/1234/ns/net', want: true },
  { name: 'as long as a path can be', input: `/${'x'.repeat(4094)}`, want: true },
  { name: 'longer', input: `/${'x'.repeat(4095)}`, want: false },
  { name: 'longer in bytes', input: `/${'é'.repeat(2048)}`, want: false },
  { name: 'relative', input: 'web', want: false },
  { name: 'empty', input: '', want: false },
  { name: 'with a NUL', input: '/run/netns/we\0b', want: false },
  { name: 'with a line feed', input: '/run/netns/we\nb', want: false },
  { name: 'no text', input: 7, want: false },
];

for (const { name, input, want } of rows) {
  const result = parseNamespacePath(input);
  t.equal(result.ok, want, name);
  if (!result.ok) t.match(result.text, WANTED, `${name}: what would do`);
}
