/** Received packets out of /proc/net/dev. */
import t from 'tap';
import { receivedPackets } from '../../../bench/load/device-packets.js';

const TEXT = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       1    0    0    0     0          0         0        0       9    0    0    0     0       0          0
 veth0: 4000000   62500    0    0    0     0          0         0      700       8    0    0    0     0       0          0
src1:123456789012 20    0    0    0     0          0         0      700       8    0    0    0     0       0          0
`;

t.test('summed over the devices', async (t) => {
  t.equal(receivedPackets(TEXT, ['veth0']), 62_500);
  t.equal(receivedPackets(TEXT, ['veth0', 'src1']), 62_520);
  t.throws(() => receivedPackets(TEXT, ['veth0', 'gone']), /no gone/);
});
