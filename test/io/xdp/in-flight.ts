/** What several senders have on its way: a block of a ring is given back only when all are done with it. */
import { constants } from 'node:os';
import t from 'tap';
import { Counters } from '../../../src/counters/counters.js';
import {
  SESSION_LENGTH,
  SESSION_MIRRORED_PACKETS,
  SESSION_SKIPPED_PACKETS,
} from '../../../src/counters/layout.js';
import { SKIP_INDEX } from '../../../src/counters/skip-reason.js';
import { flushHeld, holdOf, settleAll } from '../../../src/io/xdp/in-flight.js';
import { HeaderSlots } from '../../../src/io/xdp/umem.js';
import { XdpSender } from '../../../src/io/xdp/xdp-sender.js';
import { FakeXdpSocket } from '../../fixtures/io/fake-xdp-socket.js';

const { EAGAIN } = constants.errno;
const SLOTS = new HeaderSlots(new ArrayBuffer(1 << 20), 0);

function sending() {
  const socket = new FakeXdpSocket();
  const counters = new Counters(SESSION_LENGTH);
  const sender = new XdpSender(socket, SLOTS, counters, () => {});
  const post = (): void => {
    sender.post(0, 100, false);
    sender.end(0, 100);
  };
  const takeNothing = (calls: number): void => {
    for (let call = 0; call < calls; call++) socket.script.push({ result: -EAGAIN, takes: 0 });
  };
  return { socket, counters, sender, post, takeNothing };
}

t.test('memory of several senders is held until each is done with it', async (t) => {
  const [a, b] = [sending(), sending()];
  const senders = [a.sender, b.sender];
  t.equal(holdOf(senders), undefined, 'nothing was sent');
  for (const { socket, post, sender } of [a, b]) {
    socket.completesAtOnce = false;
    post();
    sender.flush();
  }
  const isFree = holdOf(senders);
  t.equal(isFree?.(), false);
  a.socket.complete();
  t.equal(isFree?.(), false);
  b.socket.complete();
  t.equal(isFree?.(), true);
});

t.test('copies that a device did not take leave without others behind them', async (t) => {
  const { counters, sender, post, takeNothing } = sending();
  post();
  takeNothing(20);
  sender.flush();
  t.equal(flushHeld([sender]), true, 'not yet');
  t.equal(flushHeld([sender]), false);
  t.equal(counters.values[SESSION_MIRRORED_PACKETS], 1);
});

t.test('every copy is counted', async (t) => {
  const [a, b] = [sending(), sending()];
  a.post();
  b.post();
  b.takeNothing(100);
  settleAll([a.sender, b.sender]);
  t.equal(a.counters.values[SESSION_MIRRORED_PACKETS], 1);
  t.ok(a.sender.isOpen);
  t.equal(b.counters.values[SESSION_SKIPPED_PACKETS + SKIP_INDEX.backlog], 1);
  t.notOk(b.sender.isOpen);
});
