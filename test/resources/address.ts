import t from 'tap';
import { addressPlan, parseIpAddress, parseUnderlayAddress } from '../../src/resources/address.js';

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
  t.strictSame(parseUnderlayAddress(input), want, `to send to: ${String(input)}`);
}
