import t from 'tap';
import { show } from '../../src/resources/parsed.js';

const rows = [
  { name: 'text', input: 'veth0', want: '"veth0"' },
  { name: 'line feed', input: 'a\nb', want: '"a\\nb"' },
  { name: 'escape sequence', input: '\u001b[2J', want: '"\\u001b[2J"' },
  { name: 'C1 control', input: 'a\u009bb', want: '"a\\u009bb"' },
  { name: 'line separator', input: 'a\u2028b', want: '"a\\u2028b"' },
  { name: 'right-to-left override', input: 'a\u202eb', want: '"a\\u202eb"' },
  { name: 'long text', input: 'x'.repeat(61), want: `"${'x'.repeat(60)}…"` },
  { name: 'huge number', input: 1e20, want: '100000000000000000000' },
  { name: 'negative zero', input: -0, want: '0' },
];

for (const { name, input, want } of rows) {
  t.equal(show(input), want, name);
}
