/** Every command of docs/vxlan-device.md does what the page says. */
import t from 'tap';
import { skipUnless } from '../fixtures/live/requirements.js';
import { checkStatus, walkThrough } from '../fixtures/live/walk-through.js';

const skip = skipUnless('python3', 'tcpdump');

t.test('every command of the walk-through', { skip }, async (t) => {
  const printed = walkThrough(t, 'vxlan-device.md');
  t.match(
    printed,
    /IP 10\.1\.0\.2\.\d+ > 10\.1\.0\.1\.80: Flags \[S\]/,
    'the first packet of the connection',
  );
  t.match(printed, /^VXLAN packets: 0$/m, 'and nothing of VXLAN');
  const mirrored = checkStatus(t, printed);
  const [, taken] = /^ +RX: .*\n +\d+ +(\d+) /m.exec(printed) ?? [];
  t.equal(Number(taken), mirrored, 'the device took every copy');
});
