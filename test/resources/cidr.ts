import t from 'tap';
import {
  addressWords,
  cidrFamily,
  formatAddress,
  parseCidrBlock,
  prefixPlan,
} from '../../src/resources/cidr.js';

const blocks = [
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

for (const { input, canonical, plan } of blocks) {
  const parsed = parseCidrBlock(input);
  t.strictSame(parsed, { ok: true, value: canonical }, input);
  if (!parsed.ok) continue;
  t.strictSame(prefixPlan(parsed.value), plan, `${input} in words`);
  t.equal(cidrFamily(input), plan.family, `${input} family`);
}

const refused: unknown[] = [
  '10.0.0.0',
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

for (const input of refused) {
  t.match(
    parseCidrBlock(input),
    { ok: false, text: /^expected a CIDR block such as 10\.0\.0\.0\/16 or fd00::\/8, got / },
    String(input),
  );
}

t.equal(formatAddress(addressWords('2001:DB8:0:0:0:0:0:1')), '2001:db8::1', 'canonical IPv6');
t.equal(formatAddress(addressWords('255.255.255.254')), '255.255.255.254', 'IPv4 above 2^31');
