/** Devices of a namespace whose listing the kernel interrupts: what is known stays until a listing is whole. */
import { constants } from 'node:os';
import t from 'tap';
import { attribute } from '../../src/linux/netlink.js';
import { DeviceList } from '../../src/select/device-list.js';
import { concat } from '../fixtures/frames/layer.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const NLMSG_DONE = 3;
const DUMP_INTERRUPTED = 0x10;

function message(type: number, sequence: number, body: Uint8Array, flags: number): Uint8Array {
  const bytes = new Uint8Array(16 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  bytes.set(body, 16);
  return bytes;
}

function link(type: number, sequence: number, index: number, flags = 0): Uint8Array {
  const fixed = new Uint8Array(16);
  const view = new DataView(fixed.buffer);
  view.setUint16(2, 1, true);
  view.setInt32(4, index, true);
  return message(type, sequence, concat(fixed, attribute(3, Buffer.from(`d${index}\0`))), flags);
}

/** The answer to the listing with a sequence number. */
function answer(sequence: number, indexes: readonly number[], flags = 0): Uint8Array[] {
  const links = indexes.map((index) => link(RTM_NEWLINK, sequence, index, flags));
  return [...links, message(NLMSG_DONE, sequence, new Uint8Array(4), flags)];
}

const namesOf = (list: DeviceList): string[] => list.devices.map(({ name }) => name);

t.test('a listing that is not whole takes nothing away', async (t) => {
  const libc = new FakeLibc();
  const list = new DeviceList(libc, 10);
  t.equal(list.isWhole, false, 'not listed yet');
  libc.answers.push(...answer(1, [1, 2]));
  await list.list();
  t.strictSame(namesOf(list), ['d1', 'd2']);
  t.equal(list.isWhole, true);

  libc.answers.push(...answer(2, [3], DUMP_INTERRUPTED));
  const listing = list.list();
  t.strictSame(namesOf(list), ['d1', 'd2'], 'shown while it is listed again');
  t.equal(list.isWhole, false, 'a listing is under way');
  await listing;
  t.strictSame(namesOf(list), ['d1', 'd2', 'd3'], 'what it found is added');
  t.equal(list.isWhole, false, 'interrupted');
  t.type(list.listingDueMs, 'number', 'listed again');

  libc.answers.push(...answer(3, [2, 3]));
  await list.list();
  t.strictSame(namesOf(list), ['d2', 'd3'], 'what a whole listing lacks is gone');
  t.equal(list.isWhole, true);
  libc.answers.push(link(RTM_DELLINK, 0, 2));
  t.equal(list.readEvents(), true);
  t.strictSame(namesOf(list), ['d3'], 'events go on');
});

t.test('listings that are never whole have a bound', async (t) => {
  const libc = new FakeLibc();
  const list = new DeviceList(libc, 4);
  for (let sequence = 1; sequence <= 5; sequence++) {
    libc.answers.push(...answer(sequence, [2 * sequence, 2 * sequence + 1], DUMP_INTERRUPTED));
    await list.list();
  }
  t.equal(list.devices.length, 4);
  t.equal(list.isCrowded, false);
});

t.test('lost events', async (t) => {
  const libc = new FakeLibc();
  const list = new DeviceList(libc, 10);
  libc.answers.push(...answer(1, [1]));
  await list.list();
  libc.refused.set('recv', constants.errno.ENOBUFS);
  list.readEvents();
  libc.refused.clear();
  t.equal(list.isWhole, false);
  t.strictSame(namesOf(list), ['d1'], 'what is known stays');
});
