/** Addresses as the plan writes them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { addressWords, formatAddress } from '../../src/resources/address.js';
import { addressBytes, hostOf, isIpv6Text, zoneOf } from '../../src/wire/address.js';
import { hex } from '../fixtures/frames/hex.js';

t.test('literal addresses', async (t) => {
  const rows = [
    { text: '10.9.0.255', want: '0a0900ff' },
    { text: 'fd00:9::2', want: 'fd000009000000000000000000000002' },
    { text: '::1', want: '00000000000000000000000000000001' },
    { text: 'fe80::', want: 'fe800000000000000000000000000000' },
    { text: 'fe80::1%eth0', want: 'fe800000000000000000000000000001' },
    { text: '1:2:3:4:5:6:7:8', want: '00010002000300040005000600070008' },
    { text: '1:2:3:4:5:6:7::', want: '00010002000300040005000600070000' },
    { text: '::203.0.113.5', want: '000000000000000000000000cb007105' },
  ];
  for (const { text, want } of rows) t.same(addressBytes(text), hex(want), text);
});

t.test('every canonical text', async (t) => {
  const property = fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
    // Runs of zeros are what canonical text shortens.
    const sparse = bytes.map((byte, index) => ((bytes[index >> 1]! & 3) === 0 ? 0 : byte));
    for (const address of [bytes, sparse]) {
      const view = new DataView(address.buffer);
      const words = [0, 4, 8, 12].map((at) => view.getUint32(at));
      const text = formatAddress({ family: 6, words });
      assert.deepEqual(addressBytes(text), address, text);
      assert.deepEqual(addressWords(text).words, words, text);
    }
  });
  fc.assert(property, { numRuns: 2000 });
  t.pass();
});

t.test('parts', async (t) => {
  t.same([isIpv6Text('10.9.0.2'), isIpv6Text('::1')], [false, true]);
  t.same([hostOf('fe80::1%eth0'), zoneOf('fe80::1%eth0')], ['fe80::1', 'eth0']);
  t.same([hostOf('fd00::1'), zoneOf('fd00::1')], ['fd00::1', undefined]);
});
