import t from 'tap';
import { listAddresses } from '../../src/linux/addresses.js';
import { attribute, NetlinkSocket } from '../../src/linux/netlink.js';
import { concat } from '../fixtures/frames/layer.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';
import { int32, NLMSG_DONE, netlinkMessage } from '../fixtures/linux/link-messages.js';

const RTM_NEWADDR = 20;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;

/** struct ifaddrmsg, and attributes. */
function message(prefixLength: number, index: number, ...attributes: Uint8Array[]): Uint8Array {
  return netlinkMessage(
    RTM_NEWADDR,
    1,
    concat(Uint8Array.of(2, prefixLength, 0, 0), int32(index), ...attributes),
  );
}

t.test('addresses, with device and prefix', async (t) => {
  const libc = new FakeLibc();
  libc.answers.push(
    concat(
      message(24, 3, attribute(IFA_ADDRESS, Uint8Array.of(10, 9, 0, 1))),
      message(
        32,
        4,
        attribute(IFA_ADDRESS, Uint8Array.of(10, 0, 0, 2)),
        attribute(IFA_LOCAL, Uint8Array.of(10, 0, 0, 1)),
      ),
      message(64, 5),
      netlinkMessage(RTM_NEWADDR, 1, Uint8Array.of(2, 24)),
    ),
    netlinkMessage(NLMSG_DONE, 1, int32(0)),
  );
  const socket = new NetlinkSocket(libc, 0);
  t.same(listAddresses(socket), [
    { interfaceIndex: 3, bytes: Uint8Array.of(10, 9, 0, 1), prefixLength: 24 },
    { interfaceIndex: 4, bytes: Uint8Array.of(10, 0, 0, 1), prefixLength: 32 },
  ]);
  socket.close();
});
