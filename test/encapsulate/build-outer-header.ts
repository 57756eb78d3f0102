/** The family of outer headers, and the source address that they have. */
import t from 'tap';
import { buildOuterHeader, outerSource } from '../../src/encapsulate/build-outer-header.js';
import { Ipv4OuterHeader } from '../../src/encapsulate/ipv4-outer-header.js';
import { Ipv6OuterHeader } from '../../src/encapsulate/ipv6-outer-header.js';
import { TunnelHeader } from '../../src/encapsulate/tunnel-header.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import { emitted } from '../fixtures/frames/emitted.js';
import { hex } from '../fixtures/frames/hex.js';
import { CUT, FRAGMENTED } from '../fixtures/plans/builders.js';

t.test('the family is that of the target', async (t) => {
  t.type(buildOuterHeader(VXLAN, undefined, '10.9.0.2', CUT), Ipv4OuterHeader);
  t.type(buildOuterHeader(VXLAN, undefined, 'fe80::2%mir0', FRAGMENTED), Ipv6OuterHeader);
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

t.test('an encapsulation without UDP', async (t) => {
  const write = (bytes: Uint8Array, offset: number): void => bytes.set(hex('10006558'), offset);
  const encapsulation = { ...VXLAN, protocol: 47, port: undefined, overhead: 4, write };
  const tunnel = new TunnelHeader(encapsulation, 0);
  const rows = [
    {
      target: '10.9.0.2',
      want: '4520 001c 0000 4000 ff2f 6786 0a010001 0a090002 10006558 0a0b0c0d',
    },
    {
      target: 'fd00:9::2',
      want: `62000000 0008 2f ff ${'0'.repeat(32)} fd000009000000000000000000000002 10006558 0a0b0c0d`,
    },
  ];
  for (const { target, want } of rows) {
    const header = buildOuterHeader(
      encapsulation,
      target === '10.9.0.2' ? '10.1.0.1' : undefined,
      target,
      CUT,
    );
    const packet = emitted(header.length + 4, (bytes, offset) => {
      bytes.set(hex('0a0b0c0d'), offset + header.length);
      header.writeTo(bytes, offset, 4, tunnel, 50000);
    });
    t.same(packet, hex(want), target);
  }
});
