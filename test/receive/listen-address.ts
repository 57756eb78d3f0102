/** What `--listen` may name. */
import t from 'tap';
import { parseListen, showAddress } from '../../src/receive/listen-address.js';

const both = (address: string) => [
  { address, port: 4789, protocol: 'vxlan' },
  { address, port: 6081, protocol: 'geneve' },
];

const good = [
  { texts: ['0.0.0.0'], want: both('0.0.0.0') },
  { texts: ['::'], want: both('::') },
  { texts: ['[fd00::1]'], want: both('fd00::1') },
  { texts: ['fe80::1%eth0'], want: both('fe80::1%eth0') },
  { texts: ['10.0.0.1:4789'], want: [{ address: '10.0.0.1', port: 4789, protocol: 'vxlan' }] },
  { texts: ['[::]:6081'], want: [{ address: '::', port: 6081, protocol: 'geneve' }] },
  { texts: ['[fe80::1%eth0]:4789'], want: [{ address: 'fe80::1%eth0', port: 4789, protocol: 'vxlan' }] },
  {
    texts: ['10.0.0.1:8472'],
    protocol: 'vxlan',
    want: [{ address: '10.0.0.1', port: 8472, protocol: 'vxlan' }],
  },
  {
    texts: ['10.0.0.1'],
    protocol: 'geneve',
    want: [{ address: '10.0.0.1', port: 6081, protocol: 'geneve' }],
  },
  {
    texts: ['10.0.0.1:4789', '::'],
    want: [{ address: '10.0.0.1', port: 4789, protocol: 'vxlan' }, ...both('::')],
  },
] as const;

const bad = [
  { texts: ['localhost'], says: /^--listen localhost: not an address/ },
  { texts: [''], says: /^--listen : not an address/ },
  {
    texts: ['10.0.0.1:8472'],
    says: /^--listen 10\.0\.0\.1:8472: say which protocol port 8472 has: --protocol vxlan or --protocol geneve$/,
  },
  { texts: ['10.0.0.1:0'], says: /the port is not a number from 1 to 65535/ },
  { texts: ['10.0.0.1:65536'], says: /the port is not a number/ },
  { texts: ['[::]:x'], says: /the port is not a number/ },
  { texts: ['fe80::1'], says: /a link-local address needs its device/ },
  { texts: ['0.0.0.0', '0.0.0.0:4789'], says: /^--listen: 0\.0\.0\.0:4789 is there twice$/ },
  { texts: Array.from({ length: 17 }, (_, index) => `10.0.0.${index}`), says: /34 sockets; 32 at most/ },
];

for (const row of good) {
  t.test(`${row.texts}`, async (t) => {
    t.same(parseListen(row.texts, 'protocol' in row ? row.protocol : undefined), row.want);
  });
}

for (const { texts, says } of bad) {
  t.test(`refused: ${texts}`, async (t) => {
    t.throws(() => parseListen(texts, undefined), { code: 'listen-address', message: says });
  });
}

t.test('shown', async (t) => {
  t.equal(showAddress('10.0.0.1', 4789), '10.0.0.1:4789');
  t.equal(showAddress('fe80::1%eth0', 6081), '[fe80::1%eth0]:6081');
});
