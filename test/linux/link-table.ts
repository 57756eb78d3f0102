/** The table of devices, with a fake kernel that sends any events. */
import { constants } from 'node:os';
import t from 'tap';
import { LinuxError } from '../../src/linux/errors.js';
import { LinkTable } from '../../src/linux/link-table.js';
import { attribute } from '../../src/linux/netlink.js';
import { concat } from '../fixtures/frames/layer.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

const { ENOBUFS, EPERM } = constants.errno;
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const NLMSG_DONE = 3;
const DUMP_INTERRUPTED = 0x10;
const UP = 0x1;
const LOWER_UP = 0x1_0000;
const AF_BRIDGE = 7;

interface LinkWords {
  readonly type?: number;
  readonly family?: number;
  readonly hardware?: number;
  readonly flags?: number;
  readonly mtu?: number;
}

/** struct ifinfomsg, the name and the MTU. */
function linkBody(
  index: number,
  name: string,
  { family = 0, hardware = 1, flags = 0, mtu = 1500 }: LinkWords,
): Uint8Array {
  const fixed = new Uint8Array(16);
  const view = new DataView(fixed.buffer);
  fixed[0] = family;
  view.setUint16(2, hardware, true);
  view.setInt32(4, index, true);
  view.setUint32(8, flags, true);
  const named = attribute(3, Buffer.from(`${name}\0`));
  return concat(fixed, named, attribute(4, new Uint8Array(Uint32Array.of(mtu).buffer)));
}

function message(type: number, sequence: number, body: Uint8Array, flags = 0): Uint8Array {
  const bytes = new Uint8Array(16 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  bytes.set(body, 16);
  return bytes;
}

function event(index: number, name: string, words: LinkWords = {}): Uint8Array {
  return message(words.type ?? RTM_NEWLINK, 0, linkBody(index, name, words));
}

/** A kernel with some devices. */
class LinkKernel extends FakeLibc {
  devices: [number, string][] = [];
  /** How many of the next dumps are interrupted. */
  interruptions = 0;
  /** Messages in the middle of the next dump. */
  meanwhile: Uint8Array[] = [];

  override onAsk = (bytes: Uint8Array): void => {
    const sequence = new DataView(bytes.buffer).getUint32(8, true);
    this.interruptions -= 1;
    const flags = this.interruptions >= 0 ? DUMP_INTERRUPTED : 0;
    const parts = this.devices.map(([index, name]) =>
      message(RTM_NEWLINK, sequence, linkBody(index, name, { flags: UP | LOWER_UP }), flags),
    );
    this.answers.push(...parts, ...this.meanwhile.splice(0));
    this.answers.push(message(NLMSG_DONE, sequence, new Uint8Array(4), flags));
  };
}

function open(...devices: [number, string][]): { kernel: LinkKernel; table: LinkTable } {
  const kernel = new LinkKernel();
  kernel.devices = devices;
  return { kernel, table: new LinkTable(kernel) };
}

t.test('devices at the start', async (t) => {
  const { kernel, table } = open([1, 'lo'], [7, 'veth0']);
  t.strictSame(table.find('veth0'), {
    index: 7,
    name: 'veth0',
    ethernet: true,
    up: true,
    carrier: true,
    mtu: 1500,
  });
  t.equal(table.find('nope0'), undefined);
  t.equal(table.readEvents(), false, 'nothing happened since');
  t.ok(kernel.calls.includes('bind 100000000000000001000000'), 'the group of link events');
  table.close();
  t.equal(kernel.open.size, 0);
});

t.test('events', async (t) => {
  const rows = [
    { name: 'down', events: [event(7, 'veth0')], want: { veth0: { index: 7, up: false, carrier: false } } },
    {
      name: 'carrier lost',
      events: [event(7, 'veth0', { flags: UP })],
      want: { veth0: { up: true, carrier: false } },
    },
    { name: 'MTU', events: [event(7, 'veth0', { mtu: 9000 })], want: { veth0: { mtu: 9000 } } },
    { name: 'deleted', events: [event(7, 'veth0', { type: RTM_DELLINK })], want: { veth0: undefined } },
    {
      name: 'deleted and created again',
      events: [event(7, 'veth0', { type: RTM_DELLINK }), event(9, 'veth0')],
      want: { veth0: { index: 9 } },
    },
    { name: 'renamed', events: [event(7, 'away0')], want: { veth0: undefined, away0: { index: 7 } } },
    {
      name: 'renamed, and another one takes the name',
      events: [event(7, 'away0'), event(8, 'veth0')],
      want: { veth0: { index: 8 }, away0: { index: 7 }, other0: undefined },
    },
    {
      name: 'a port of a bridge',
      events: [event(7, 'veth0', { family: AF_BRIDGE, type: RTM_DELLINK })],
      want: { veth0: { index: 7 } },
    },
    {
      name: 'another kind of message',
      events: [event(7, 'veth0', { type: 20 })],
      want: { veth0: { up: true } },
    },
    {
      name: 'a message without a name',
      events: [message(RTM_NEWLINK, 0, new Uint8Array(16))],
      want: { veth0: { index: 7 } },
    },
  ];
  for (const { name, events, want } of rows) {
    const { kernel, table } = open([7, 'veth0'], [8, 'other0']);
    kernel.answers.push(...events);
    t.equal(table.readEvents(), true, name);
    for (const [device, link] of Object.entries(want)) {
      if (link === undefined) t.equal(table.find(device), undefined, `${name}: ${device}`);
      else t.match(table.find(device), link, `${name}: ${device}`);
    }
  }
});

t.test('every event makes a new object, so that a change shows in the reference', async (t) => {
  const { kernel, table } = open([7, 'veth0'], [8, 'other0']);
  const [veth0, other0] = [table.find('veth0'), table.find('other0')];
  kernel.answers.push(event(7, 'veth0', { flags: UP | LOWER_UP }));
  table.readEvents();
  t.strictSame(table.find('veth0'), veth0);
  t.not(table.find('veth0'), veth0);
  t.equal(table.find('other0'), other0, 'but not of another device');
});

/** A kernel that has lost events of a table, and how the next receive is answered then. */
function losing(): { kernel: LinkKernel; table: LinkTable } {
  const { kernel, table } = open([7, 'veth0']);
  kernel.devices = [[9, 'veth0']];
  const { receive } = kernel;
  kernel.receive = () => {
    kernel.receive = receive;
    throw new LinuxError('recv', ENOBUFS);
  };
  return { kernel, table };
}

/** Lets what is done off the thread come back. */
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

t.test('lost events', async (t) => {
  const { kernel, table } = losing();
  const { descriptor } = table;
  t.ok(descriptor > 0);
  kernel.meanwhile = [event(8, 'new0')];
  kernel.answers.push(event(3, 'old0'));
  t.equal(table.readEvents(), false, 'everything is asked for anew, aside');
  t.match(table.find('veth0'), { index: 7 }, 'until then the table is as it was');
  t.equal(table.descriptor, -1, 'and nobody waits for events');
  t.equal(table.readEvents(), false);
  await soon();
  t.equal(table.readEvents(), true);
  t.match([table.find('veth0'), table.find('new0'), table.at(7)], [{ index: 9 }, { index: 8 }, undefined]);
  t.equal(table.find('old0'), undefined, 'an event from before the others were lost tells nothing any more');
  t.equal(table.readEvents(), false, 'nothing happened since');
  t.equal(table.descriptor, descriptor);
});

t.test('lost events, and again while everything is listed', async (t) => {
  const { kernel, table } = losing();
  const asked = (): number => kernel.calls.filter((call) => call === 'send').length;
  const before = asked();
  table.readEvents();
  const { receiveAside } = kernel;
  kernel.receiveAside = async () => {
    kernel.receiveAside = receiveAside;
    return -1;
  };
  await soon();
  t.equal(table.readEvents(), true);
  t.equal(asked() - before, 2, 'some may be missing: it is listed once more');
  t.match(table.find('veth0'), { index: 9 });

  kernel.answers.push(event(10, 'late0'));
  t.equal(table.readEvents(), true, 'events are read as before');
  t.match(table.find('late0'), { index: 10 });
});

t.test('a table that is closed while everything is listed', async (t) => {
  const { kernel, table } = losing();
  table.readEvents();
  table.close();
  t.equal(kernel.open.size, 1, 'another thread may be receiving');
  await soon();
  t.equal(kernel.open.size, 0);
});

t.test('a dump that changes interrupt', async (t) => {
  const { kernel, table } = open([7, 'veth0']);
  const asked = () => kernel.calls.filter((call) => call === 'send').length;
  t.equal(asked(), 1);
  kernel.interruptions = 2;
  kernel.meanwhile = [event(8, 'new0')];
  kernel.refused.set('recv', ENOBUFS);
  t.throws(() => new LinkTable(Object.assign(new LinkKernel(), { refused: new Map([['recv', EPERM]]) })), {
    code: 'EPERM',
  });
  kernel.refused.clear();
  const again = new LinkTable(kernel);
  t.equal(asked(), 4, 'is asked for until it is whole');
  t.match(again.find('veth0'), { index: 7 });
  t.equal(table.find('veth0')?.index, 7);
});
