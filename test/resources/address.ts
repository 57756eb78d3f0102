import t from 'tap';
import {
  addressPlan,
  addressWords,
  formatAddress,
  hostBitsHint,
  parseCidrBlock,
  parseIpAddress,
  parseUnderlayAddress,
  prefixPlan,
} from '../../src/resources/address.js';
import { cidrFamily } from '../../src/resources/check-rule.js';

const rows = [
  { input: '10.9.0.2', want: { ok: true, value: '10.9.0.2' } },
  { input: '127.0.0.1', want: { ok: true, value: '127.0.0.1' } },
  { input: '223.255.255.255', want: { ok: true, value: '223.255.255.255' } },
  { input: '240.0.0.1', want: { ok: true, value: '240.0.0.1' } },
  { input: 'FD00:0EC2:0:0:0:0:0:253', want: { ok: true, value: 'fd00:ec2::253' } },
  { input: '0.0.0.0', want: { ok: false, text: 'expected the IP address of one host, got "0.0.0.0"' } },
  { input: '224.0.0.1', want: { ok: false, text: 'expected the IP address of one host, got "224.0.0.1"' } },
  {
    input: '239.255.255.255',
    want: { ok: false, text: 'expected the IP address of one host, got "239.255.255.255"' },
  },
  {
    input: '255.255.255.255',
    want: { ok: false, text: 'expected the IP address of one host, got "255.255.255.255"' },
  },
  { input: '::', want: { ok: false, text: 'expected the IP address of one host, got "::"' } },
  { input: 'ff02::1', want: { ok: false, text: 'expected the IP address of one host, got "ff02::1"' } },
  { input: 'fe80::1%eth0', want: { ok: false, text: 'expected an IP address, got "fe80::1%eth0"' } },
  { input: 'ids.example.com', want: { ok: false, text: 'expected an IP address, got "ids.example.com"' } },
  { input: '10.9.2', want: { ok: false, text: 'expected an IP address, got "10.9.2"' } },
  { input: '10.9.0.02', want: { ok: false, text: 'expected an IP address, got "10.9.0.02"' } },
  { input: '10.9.0.2/32', want: { ok: false, text: 'expected an IP address, got "10.9.0.2/32"' } },
  { input: 10.9, want: { ok: false, text: 'expected an IP address, got 10.9' } },
  { input: undefined, want: { ok: false, text: 'missing, expected an IP address' } },
];

for (const { input, want } of rows) {
  t.strictSame(parseIpAddress(input), want, String(input));
}

const address = parseIpAddress('169.254.169.253');
if (address.ok) t.strictSame(addressPlan(address.value), { family: 4, words: [0xa9fea9fd] }, 'words');

const zoned = 'expected a zone behind a link-local address, as in fe80::1%eth0, and behind no other, got';
const underlayRows = [
  { input: '10.9.0.2', want: { ok: true, value: '10.9.0.2' } },
  { input: 'FD00:0:0:0:0:0:0:2', want: { ok: true, value: 'fd00::2' } },
  { input: '::1', want: { ok: true, value: '::1' } },
  { input: 'FE80:0::1%eth0.7', want: { ok: true, value: 'fe80::1%eth0.7' } },
  { input: 'febf::1%eth0', want: { ok: true, value: 'febf::1%eth0' } },
  { input: 'fe80::1', want: { ok: false, text: `${zoned} "fe80::1"` } },
  { input: 'fec0::1%eth0', want: { ok: false, text: `${zoned} "fec0::1%eth0"` } },
  { input: '10.9.0.2%eth0', want: { ok: false, text: `${zoned} "10.9.0.2%eth0"` } },
  {
    input: 'fe80::1%',
    want: {
      ok: false,
      text: "expected a device name of 1 to 15 bytes without '/', ':', white space and control characters, got \"\"",
    },
  },
  {
    input: 'fe80::1%../etc',
    want: {
      ok: false,
      text: "expected a device name of 1 to 15 bytes without '/', ':', white space and control characters, got \"../etc\"",
    },
  },
  {
    input: '::ffff:10.9.0.2',
    want: { ok: false, text: 'expected an IPv4 address as dotted quads, got "::ffff:10.9.0.2"' },
  },
  { input: 'ff02::1%eth0', want: { ok: false, text: 'expected the IP address of one host, got "ff02::1"' } },
  { input: 'ids%eth0', want: { ok: false, text: 'expected an IP address, got "ids"' } },
  { input: undefined, want: { ok: false, text: 'missing, expected an IP address' } },
];

for (const { input, want } of underlayRows) {
  t.strictSame(parseUnderlayAddress(input), want, `underlay: ${String(input)}`);
}

const cidrRows = [
  { input: '0.0.0.0/0', canonical: '0.0.0.0/0', plan: { family: 4, words: [0], length: 0 } },
  { input: '10.0.0.0/16', canonical: '10.0.0.0/16', plan: { family: 4, words: [0x0a000000], length: 16 } },
  {
    input: '255.255.255.255/32',
    canonical: '255.255.255.255/32',
    plan: { family: 4, words: [0xffffffff], length: 32 },
  },
  { input: '10.1.2.3/8', canonical: '10.0.0.0/8', plan: { family: 4, words: [0x0a000000], length: 8 } },
  {
    input: '192.168.7.255/25',
    canonical: '192.168.7.128/25',
    plan: { family: 4, words: [0xc0a80780], length: 25 },
  },
  { input: '::/0', canonical: '::/0', plan: { family: 6, words: [0, 0, 0, 0], length: 0 } },
  {
    input: 'FD00:EC2::253/128',
    canonical: 'fd00:ec2::253/128',
    plan: { family: 6, words: [0xfd000ec2, 0, 0, 0x253], length: 128 },
  },
  {
    input: '2001:db8:ffff:ffff::1/33',
    canonical: '2001:db8:8000::/33',
    plan: { family: 6, words: [0x20010db8, 0x80000000, 0, 0], length: 33 },
  },
  {
    input: '2001:db8:0:0:1:0:0:1/64',
    canonical: '2001:db8::/64',
    plan: { family: 6, words: [0x20010db8, 0, 0, 0], length: 64 },
  },
  {
    input: '::ffff:10.0.0.1/104',
    canonical: '::ffff:10.0.0.0/104',
    plan: { family: 6, words: [0, 0, 0xffff, 0x0a000000], length: 104 },
  },
] as const;

for (const { input, canonical, plan } of cidrRows) {
  const parsed = parseCidrBlock(input);
  t.strictSame(parsed, { ok: true, value: canonical }, input);
  if (!parsed.ok) continue;
  t.strictSame(prefixPlan(parsed.value), plan, `${input} in words`);
  t.equal(cidrFamily(input), plan.family, `${input} family`);
}

const refusedBlocks: unknown[] = [
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/08',
  '10.0.0.0/+8',
  '10.0.0.0/8.0',
  '10.0.0.0/8/8',
  '10.0.0.0/255.0.0.0',
  '10.0/16',
  '010.0.0.0/8',
  '0x0a.0.0.0/8',
  '256.0.0.0/8',
  ' 10.0.0.0/8',
  '10.0.0.0/8 ',
  'fd00::/129',
  'fd00::%eth0/64',
  'fd00:::/64',
  '1::2::3/64',
  '/8',
  '',
  'all',
  167772160,
  null,
];

for (const input of refusedBlocks) {
  t.match(
    parseCidrBlock(input),
    { ok: false, text: /^expected a CIDR block such as 10\.0\.0\.0\/16 or fd00::\/8, got / },
    String(input),
  );
}

for (const [host, length] of [
  ['10.0.0.7', 32],
  ['fd00::7', 128],
] as const) {
  const text = `expected a CIDR block: ${host}/${length} for this one host, got "${host}"`;
  t.match(parseCidrBlock(host), { ok: false, text }, host);
}

for (const { block, want } of [
  { block: '10.0.0.0/24', want: undefined },
  { block: '0.0.0.0/0', want: undefined },
  { block: '10.0.0.1/32', want: undefined },
  { block: 'FD00:0::/8', want: undefined },
  { block: '10.0.0.1/24', want: ['10.0.0.0/24', '10.0.0.1/32'] },
  { block: '10.1.2.3/0', want: ['0.0.0.0/0', '10.1.2.3/32'] },
  { block: 'fd00:0::1/64', want: ['fd00::/64', 'fd00::1/128'] },
]) {
  const text = want && `has bits behind its length, and means ${want[0]}; for the one host write ${want[1]}`;
  t.equal(hostBitsHint(block), text, block);
}

t.equal(formatAddress(addressWords('2001:DB8:0:0:0:0:0:1')), '2001:db8::1', 'canonical IPv6');
t.equal(formatAddress(addressWords('255.255.255.254')), '255.255.255.254', 'IPv4 above 2^31');
