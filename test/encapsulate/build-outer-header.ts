/** Of which family outer headers are, and whose source address they carry. */
import t from 'tap';
import { buildOuterHeader, outerSource } from '../../src/encapsulate/build-outer-header.js';
import { Ipv4OuterHeader } from '../../src/encapsulate/ipv4-outer-header.js';
import { Ipv6OuterHeader } from '../../src/encapsulate/ipv6-outer-header.js';

t.test('the target has the say', async (t) => {
  t.type(buildOuterHeader(undefined, '10.9.0.2', false), Ipv4OuterHeader);
  t.type(buildOuterHeader(undefined, 'fe80::2%mir0', true), Ipv6OuterHeader);
});

t.test('a source address is used towards targets of its family', async (t) => {
  const rows = [
    { configured: '10.1.0.1', target: '10.9.0.2', want: '10.1.0.1' },
    { configured: 'fd00::1', target: 'fd00::2', want: 'fd00::1' },
    { configured: '10.1.0.1', target: 'fd00::2', want: undefined },
    { configured: 'fd00::1', target: '10.9.0.2', want: undefined },
    { configured: undefined, target: '10.9.0.2', want: undefined },
  ];
  for (const { configured, target, want } of rows) {
    t.equal(outerSource(configured, target), want, `${configured} to ${target}`);
  }
});
