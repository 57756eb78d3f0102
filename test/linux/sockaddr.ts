/** Socket addresses and option values, as bind(2) and setsockopt(2) read them. */
import t from 'tap';
import {
  internet6Address,
  internetAddress,
  intValue,
  packetAddress,
  socketAddress,
} from '../../src/linux/sockaddr.js';
import { hex } from '../fixtures/frames/hex.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

t.test('literal bytes', async (t) => {
  const rows = [
    {
      name: 'struct sockaddr_in, the port in network order',
      input: internetAddress('10.9.0.2', 4789),
      want: '0200 12b5 0a090002 0000000000000000',
    },
    {
      name: 'any address, any port',
      input: internetAddress('0.0.0.0', 0),
      want: '0200 0000 00000000 0000000000000000',
    },
    {
      name: 'struct sockaddr_ll, the protocol in network order',
      input: packetAddress(3, 0x1234),
      want: '1100 0003 34120000 0000 00 00 0000000000000000',
    },
    {
      name: 'struct sockaddr_in6, its scope last',
      input: internet6Address('fe80::2', 4789, 7),
      want: '0a00 12b5 00000000 fe800000000000000000000000000002 07000000',
    },
    {
      name: 'IPv4 by its text',
      input: socketAddress(new FakeLibc(), '10.9.0.2', 0),
      want: '0200 0000 0a090002 0000000000000000',
    },
    {
      name: 'IPv6 by its text, in no zone',
      input: socketAddress(new FakeLibc(), 'fd00:9::2', 0),
      want: '0a00 0000 00000000 fd000009000000000000000000000002 00000000',
    },
    {
      name: 'link-local, in the zone of a device',
      input: socketAddress(new FakeLibc(), 'fe80::2%mir0', 0),
      want: '0a00 0000 00000000 fe800000000000000000000000000002 07000000',
    },
    { name: 'a C int', input: intValue(0x746d6972), want: '72696d74' },
    { name: 'a negative one', input: intValue(-2), want: 'feffffff' },
  ];
  for (const { name, input, want } of rows) t.same(input, hex(want), name);
});
