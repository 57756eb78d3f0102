/** Frames out of a ring, read where the kernel put them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { FrameConsumer } from '../../../src/io/frame.js';
import {
  BLOCK_BYTES,
  FRAME_PACKET_TYPE,
  STATUS_VLAN_TPID_VALID,
  STATUS_VLAN_VALID,
} from '../../../src/linux/packet-ring.js';
import { hex } from '../../fixtures/frames/hex.js';
import { ipv4 } from '../../fixtures/frames/ip.js';
import { frame } from '../../fixtures/frames/layer.js';
import { ethernet, vlan } from '../../fixtures/frames/link.js';
import { udp } from '../../fixtures/frames/transport.js';
import { FrameList, fakeRing } from '../../fixtures/io/fake-rings.js';

/** Blocks of the fake ring, which has a megabyte. */
const BLOCKS = (1 << 20) / BLOCK_BYTES;
const FRAME = frame(ethernet(), ipv4(), udp());

t.test('a frame: its bytes, its lengths, its address', async (t) => {
  const { kernel, source, libc } = fakeRing();
  const list = new FrameList();
  kernel.receive(5, FRAME, { wireLength: 1500 });
  t.notOk(source.load(), 'not before the block is handed over');
  t.ok(source.filling);
  kernel.handOver();
  t.ok(source.load());
  t.equal(source.remaining, 1);
  t.equal(source.handOver(list, list), 1);
  t.match(list.frames, [{ bytes: FRAME, wireLength: 1500 }]);
  t.same(libc.memory.read(list.frames[0]!.address, FRAME.length), FRAME, 'at its address lie its bytes');
});

t.test('a tag that the kernel took off is put back', async (t) => {
  const rows = [
    {
      name: 'type known',
      status: STATUS_VLAN_VALID | STATUS_VLAN_TPID_VALID,
      tpid: 0x88a8,
      want: vlan({ tag: 0x88a8, id: 5, priority: 3 }),
    },
    {
      name: 'type not known: 802.1Q',
      status: STATUS_VLAN_VALID,
      tpid: 0,
      want: vlan({ id: 5, priority: 3 }),
    },
  ];
  for (const { name, status, tpid, want } of rows) {
    const { kernel, source } = fakeRing();
    const list = new FrameList();
    kernel.receive(1, FRAME, { status, vlanTci: 0x6005, vlanTpid: tpid });
    kernel.receive(2, FRAME);
    kernel.handOver();
    source.load();
    source.handOver(list, list);
    const tagged = frame(ethernet(), want, ipv4(), udp());
    t.match(list.frames, [{ bytes: tagged, wireLength: tagged.length }, { bytes: FRAME }], name);
  }
  const { kernel, source } = fakeRing();
  const list = new FrameList();
  kernel.receive(1, FRAME, { status: STATUS_VLAN_VALID, vlanTci: 0 });
  kernel.handOver();
  source.load();
  source.handOver(list, list);
  t.same(list.frames[0]?.bytes.subarray(12, 16), hex('8100 0000'), 'VLAN 0 is a tag too');
});

t.test('both directions, each to its own, in one order', async (t) => {
  const { kernel, source } = fakeRing();
  const order: string[] = [];
  const named = (name: string): FrameConsumer => ({
    consume: ({ bytes, offset }) => order.push(`${name} ${bytes[offset]}`),
    endBatch: () => {},
  });
  const [received, sent] = [named('received'), named('sent')];
  const outgoing = [false, true, true, false, true, false];
  for (const [index, isOut] of outgoing.entries()) {
    // The kernel's clock may stand still, or be set back: the order is that in which the ring was filled.
    kernel.receive(10 - index, Uint8Array.of(index, ...FRAME), { outgoing: isOut });
    if (index === 2) kernel.handOver();
  }
  kernel.handOver();
  while (source.load()) {
    source.handOver(received, sent);
    source.release();
  }
  t.same(
    order,
    outgoing.map((isOut, index) => `${isOut ? 'sent' : 'received'} ${index}`),
  );
});

t.test('what the kernel may say of a frame that was received', async (t) => {
  const { kernel, source, libc } = fakeRing();
  const [received, sent] = [new FrameList(), new FrameList()];
  const types = [0, 1, 2, 3, 4, 5, 6, 7];
  for (const type of types) {
    kernel.receive(1, Uint8Array.of(type, ...FRAME));
  }
  kernel.handOver();
  // One after the other from behind the block's descriptor, each with room for a header of 96 bytes.
  const bytes = new Uint8Array(libc.mapped[0]!);
  for (const type of types)
    bytes[48 + type * ((96 + FRAME.length + 1 + 15) & ~15) + FRAME_PACKET_TYPE] = type;
  source.load();
  source.handOver(received, sent);
  t.same(
    sent.frames.map(({ bytes }) => bytes[0]),
    [4],
    'PACKET_OUTGOING alone is what the device sent',
  );
  t.equal(received.frames.length, types.length - 1);
});

t.test('blocks go round, and back to the kernel', async (t) => {
  const { kernel, source } = fakeRing();
  const list = new FrameList();
  for (let block = 0; block < 11; block++) {
    t.ok(kernel.receive(block, Uint8Array.of(...FRAME, block)), `block ${block}`);
    kernel.handOver();
    source.load();
    source.handOver(list, list);
    source.release();
  }
  t.same(
    list.frames.map(({ bytes }) => bytes.at(-1)),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  t.notOk(source.filling, 'nothing is being filled');

  for (let block = 0; block < BLOCKS; block++) {
    kernel.receive(20 + block, FRAME);
    kernel.handOver();
  }
  t.notOk(kernel.receive(30, FRAME), 'a ring that nobody reads is full');
  source.load();
  source.release();
  t.notOk(kernel.receive(31, FRAME), 'a block with frames that were not handed over stays');
  source.handOver(list, list);
  source.release();
  t.ok(kernel.receive(32, FRAME), 'and goes back after the last');
});

t.test('how full it is, wherever its current block is', async (t) => {
  const { kernel, source } = fakeRing();
  const list = new FrameList();
  for (let start = 0; start < BLOCKS; start++) {
    t.equal(source.fill, 0, 'nothing waits');
    for (let waiting = 1; waiting <= BLOCKS; waiting++) {
      kernel.receive(waiting, FRAME);
      t.equal(source.fill, (waiting - 1) / BLOCKS, 'a block that is being filled does not wait');
      kernel.handOver();
      t.equal(source.fill, waiting / BLOCKS, `${waiting} blocks from block ${start}`);
    }
    for (let waiting = BLOCKS - 1; waiting >= 0; waiting--) {
      source.load();
      source.handOver(list, list);
      t.ok(source.release(), 'a block goes back');
      t.equal(source.fill, waiting / BLOCKS);
    }
    t.notOk(source.release(), 'no block goes back twice');
    kernel.receive(1, FRAME);
    kernel.handOver();
    source.load();
    source.handOver(list, list);
    source.release();
  }
});

t.test('closing', async (t) => {
  const { kernel, source, libc } = fakeRing();
  const list = new FrameList();
  kernel.receive(1, FRAME);
  kernel.handOver();
  source.load();
  source.close();
  t.equal(source.descriptor, -1);
  t.notOk(source.load());
  t.notOk(source.filling);
  t.equal(source.handOver(list, list), 0);
  source.release();
  source.clearError();
  source.close();
  t.same(list.frames, []);
  t.same(libc.calls.slice(-2), ['close', 'unmap 1048576'], 'the socket, then the memory, once');
});

t.test('drops add up over looks, which set the kernel back to zero', async (t) => {
  const { source, libc } = fakeRing();
  const look = (dropped: number): number => {
    libc.options.set('PACKET_STATISTICS', new Uint8Array(Uint32Array.of(1000, dropped, 0).buffer));
    return source.dropped;
  };
  t.same([look(3), look(0), look(4)], [3, 3, 7]);
});

t.test('a fence', async (t) => {
  const { kernel, source } = fakeRing();
  const list = new FrameList();
  t.ok(source.isPast(source.fence()), 'nothing is in front of it in an empty ring');
  kernel.receive(1, FRAME);
  const fence = source.fence();
  t.notOk(source.isPast(fence), 'a frame is, in a block that is not handed over yet');
  kernel.receive(2, FRAME);
  kernel.handOver();
  kernel.receive(4, FRAME);
  source.load();
  t.notOk(source.isPast(fence), 'nor read');
  source.handOver(list, list);
  source.release();
  t.ok(source.isPast(fence), 'what came later does not matter');
  source.close();
  t.ok(source.isPast(1000), 'nothing comes out of a closed ring');
});

t.test('a fence is passed when, and only when, everything in front of it was read', async (t) => {
  const steps = fc.array(fc.constantFrom('receive', 'hand over', 'read', 'fence'), {
    maxLength: 60,
  });
  const property = fc.property(steps, (all) => {
    const { kernel, source } = fakeRing();
    const list = new FrameList();
    const fences: { readonly fence: number; readonly frames: number }[] = [];
    let now = 0;
    let received = 0;
    for (const step of all) {
      now += 1;
      if (step === 'receive' && kernel.receive(now, FRAME)) received += 1;
      else if (step === 'hand over') kernel.handOver();
      else if (step === 'fence') fences.push({ fence: source.fence(), frames: received });
      else if (source.load()) {
        source.handOver(list, list);
        source.release();
      }
      for (const { fence, frames } of fences) {
        // A block goes back as a whole: frames that came behind the fence may keep it from being passed.
        if (source.isPast(fence)) assert.ok(list.frames.length >= frames, 'passed too early');
        else assert.ok(list.frames.length < received || source.remaining > 0, 'never passed');
      }
    }
  });
  fc.assert(property, { numRuns: 500 });
  t.pass();
});
