/** The copies of a batch are put together without garbage; a system call for 256 of them may leave some. */
import t from 'tap';
import { Counters } from '../../../src/counters/counters.js';
import { SESSION_LENGTH, SESSION_MIRRORED_PACKETS } from '../../../src/counters/layout.js';
import { TunnelHeader } from '../../../src/encapsulate/tunnel-header.js';
import { VXLAN } from '../../../src/encapsulate/vxlan.js';
import { Frame } from '../../../src/io/frame.js';
import { BatchSink } from '../../../src/io/ring/batch-sink.js';
import { RoutedTxSocket } from '../../../src/io/ring/tx-socket.js';
import { FakeLibc } from '../../fixtures/linux/fake-libc.js';
import { fewestBytesLeft } from '../../fixtures/memory/allocation.js';
import { CUT } from '../../fixtures/plans/builders.js';

const PACKETS = 2_000_000;
const MAXIMUM_BYTES_PER_THOUSAND_PACKETS = 8;

/** Takes everything, unseen. */
class TakingLibc extends FakeLibc {
  override sendMessages(_descriptor: number, _messages: number, count: number): number {
    return count;
  }
}

t.test('a copy leaves nothing behind', async (t) => {
  const libc = new TakingLibc();
  libc.setInt('IP_MTU', 9000);
  const counters = new Counters(SESSION_LENGTH);
  const connect = () => new RoutedTxSocket(libc, VXLAN, undefined, '10.9.0.2', CUT);
  const sink = new BatchSink(libc, connect, counters);
  const header = new TunnelHeader(VXLAN, 42);
  const memory = new Uint8Array(1 << 16);
  const frame = new Frame(memory, libc.memory.place(memory));
  const sendAll = (): void => {
    for (let index = 0; index < PACKETS; index++) {
      frame.offset = (index & 31) << 11;
      frame.wireLength = 60 + (index & 1023);
      sink.send(frame, 60 + (index & 255), header, 49152 + (index & 0x3fff), 0);
    }
    sink.flush();
  };
  const limit = MAXIMUM_BYTES_PER_THOUSAND_PACKETS * (PACKETS / 1000);
  const least = fewestBytesLeft(limit, sendAll);
  t.ok(least < limit, `${least} bytes after ${PACKETS} packets`);
  t.equal(counters.values[SESSION_MIRRORED_PACKETS]! % PACKETS, 0);
});
