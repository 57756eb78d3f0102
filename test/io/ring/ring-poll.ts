/** The wait for frames: what is done after it, and when the loop sleeps in place of it. */
import t from 'tap';
import { RingPoll } from '../../../src/io/ring/ring-poll.js';
import type { SourceCapture } from '../../../src/io/ring/source-capture.js';
import { FakeLibc } from '../../fixtures/linux/fake-libc.js';

const POLLFD_BYTES = 8;
const RETURNED_EVENTS = 6;
const POLLIN = 0x1;
const POLLERR = 0x8;
const CAPTURES = [{ descriptor: 3 }, { descriptor: 4 }] as SourceCapture[];
const LINK_EVENTS = 5;
/** More than enough for a machine that has much else to do. */
const TRIES = 1000;

/** A kernel whose poll(2) returns events of descriptors by their place: two rings, link events, the wake-up. */
class PollingLibc extends FakeLibc {
  events: readonly number[] = [];

  override pollHere(descriptors: Uint8Array = new Uint8Array(0)): number {
    const view = new DataView(descriptors.buffer, descriptors.byteOffset);
    for (const [index, event] of this.events.entries())
      view.setInt16(index * POLLFD_BYTES + RETURNED_EVENTS, event, true);
    return this.events.filter((event) => event !== 0).length;
  }

  override poll(descriptors?: Uint8Array): Promise<number> {
    return Promise.resolve(this.pollHere(descriptors));
  }
}

function polling(events: readonly number[]) {
  const libc = new PollingLibc();
  libc.events = events;
  const poll = new RingPoll(libc);
  const clears = (): number => libc.calls.filter((call) => call === 'read').length;
  return { poll, clears, wait: () => poll.waitHere(CAPTURES, [LINK_EVENTS]) };
}

t.test('frames alone: no event is read, nothing is cleared', async (t) => {
  const { wait, clears, poll } = polling([POLLIN, POLLIN, 0, 0]);
  t.equal(wait(), undefined);
  t.equal(await poll.wait(CAPTURES, [LINK_EVENTS]), undefined, 'nor off the main thread');
  t.equal(clears(), 0);
});

t.test('nothing is ready', async (t) => {
  t.equal(polling([0, 0, 0, 0]).wait(), undefined);
});

t.test('link events are told, without a ring that failed', async (t) => {
  t.same(polling([POLLIN, 0, POLLIN, 0]).wait(), []);
});

t.test('rings with an error are named', async (t) => {
  t.same(polling([POLLIN, POLLERR, 0, 0]).wait(), [CAPTURES[1]]);
});

t.test('the wake-up is cleared, or it would end every further wait', async (t) => {
  const { wait, clears } = polling([0, 0, 0, POLLIN]);
  t.equal(wait(), undefined);
  t.equal(clears(), 1);
});

t.test('more frames are expected for a while', async (t) => {
  const { poll } = polling([]);
  t.notOk(poll.isExpecting);
  poll.sawFrames();
  t.ok(poll.isExpecting);
});

t.test(
  'the loop sleeps while a source has frames again and again, and not once more without any',
  async (t) => {
    const { poll } = polling([]);
    t.notOk(poll.nap(), 'no frames yet');
    const napsUnderLoad = (): boolean => {
      poll.sawFrames();
      return poll.nap();
    };
    t.ok(Array.from({ length: TRIES }).some(napsUnderLoad), 'under load');
    t.notOk(poll.nap(), 'no frames since');
  },
);
