/** Address messages of rtnetlink, byte by byte. */
import t from 'tap';
import { addressesOf } from '../../src/linux/device-state.js';
import type { NetlinkMessage } from '../../src/linux/netlink.js';
import { hex } from '../fixtures/frames/hex.js';

const NEW_ADDRESS = 20;

/** @param text struct ifaddrmsg, then attributes */
const message = (text: string, type = NEW_ADDRESS): NetlinkMessage => ({
  type,
  flags: 0,
  sequence: 1,
  body: hex(text),
});

/** Device 7, scope universe; IFA_ADDRESS 10.1.0.1, IFA_LOCAL the same. */
const PRIMARY = '02 18 80 00 07000000  0800 0100 0a010001  0800 0200 0a010001';
const SECONDARY = '02 18 81 00 07000000  0800 0100 0a010003  0800 0200 0a010003';
/** IFA_ADDRESS is the peer's. */
const POINT_TO_POINT = '02 20 80 00 07000000  0800 0100 0a020002  0800 0200 0a020001';
const IPV6 = '0a 40 80 00 07000000  1400 0100 fd000001000000000000000000000002';
const LINK_LOCAL = '0a 40 80 fd 07000000  1400 0100 fe800000000000000000000000000002';
const OTHER_DEVICE = '02 18 80 00 08000000  0800 0100 0a090001  0800 0200 0a090001';

const rows: readonly [name: string, messages: readonly NetlinkMessage[], want: readonly string[]][] = [
  ['an address', [message(PRIMARY)], ['10.1.0.1/24']],
  ['primary addresses come first', [message(SECONDARY), message(PRIMARY)], ['10.1.0.1/24', '10.1.0.3/24']],
  ['its own, not that of the peer', [message(POINT_TO_POINT)], ['10.2.0.1/32']],
  ['IPv6', [message(IPV6), message(PRIMARY)], ['fd00:1::2/64', '10.1.0.1/24']],
  ['none that is good on its link only', [message(LINK_LOCAL)], []],
  ['none of another device, which older kernels list too', [message(OTHER_DEVICE)], []],
  ['no other message', [message(PRIMARY, 21)], []],
  ['cut short', [message('02 18 80'), message('02 18 80 00 07000000  0800 0200 0a01')], []],
  ['an address of the wrong length', [message('0a 40 80 00 07000000  0800 0100 0a010001')], []],
  ['without an address', [message('02 18 80 00 07000000')], []],
];

for (const [name, messages, want] of rows) {
  const found = addressesOf(messages, 7);
  t.same(
    found.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    want,
    name,
  );
}
