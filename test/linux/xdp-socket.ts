/** An AF_XDP socket: nothing of it stays when it cannot be opened. */
import { constants } from 'node:os';
import t from 'tap';
import { LinuxError } from '../../src/linux/errors.js';
import { bindWhenFree, XdpSocket } from '../../src/linux/xdp-socket.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

const AREA = { address: 1 << 20, length: 1 << 20 };

/** It maps so many rings, and no more. */
class FewMappings extends FakeLibc {
  #left: number;

  constructor(left: number) {
    super();
    this.#left = left;
  }

  override map(descriptor: number, length: number): { address: number; memory: ArrayBuffer } {
    if (this.#left === 0) throw new LinuxError('mmap', constants.errno.ENOMEM);
    this.#left -= 1;
    return super.map(descriptor, length);
  }
}

const called = ({ calls }: FakeLibc, name: string): string[] =>
  calls.filter((call) => call.startsWith(`${name} `));

t.test('a ring that cannot be mapped', async (t) => {
  for (const mappings of [0, 1]) {
    const libc = new FewMappings(mappings);
    await t.rejects(XdpSocket.open(libc, AREA), { code: 'ENOMEM' });
    t.equal(libc.open.size, 0, 'the socket is closed');
    t.equal(called(libc, 'map').length, mappings);
    t.equal(called(libc, 'unmap').length, mappings, 'nothing keeps it open');
  }
});

t.test('memory that may not be locked', async (t) => {
  const libc = new FakeLibc();
  libc.refused.set('XDP_UMEM_REG', constants.errno.ENOBUFS);
  await t.rejects(XdpSocket.open(libc, AREA), { code: 'ENOBUFS' });
  t.equal(libc.open.size, 0);
});

t.test('closed', async (t) => {
  const libc = new FakeLibc();
  const socket = await XdpSocket.open(libc, AREA);
  socket.bind(7, 1);
  const address = new DataView(libc.bound.buffer);
  t.same([address.getUint16(0, true), address.getUint32(4, true), address.getUint32(8, true)], [44, 7, 1]);
  socket.close();
  t.equal(libc.open.size, 0);
  t.equal(called(libc, 'unmap').length, 2);
});

t.test('a socket is bound when the queue is free', async (t) => {
  const { EBUSY, ENODEV } = constants.errno;
  const bound: string[] = [];
  let refusals: number[] = [];
  const socket = {
    bindAside: async (...place: number[]): Promise<boolean> => {
      bound.push(`aside ${place}`);
      return refusals.shift() === undefined;
    },
    bind: (...place: number[]): void => {
      bound.push(`here ${place}`);
      const [refusal] = refusals;
      if (refusal !== undefined) throw new LinuxError('bind', refusal);
    },
  };
  refusals = [EBUSY, EBUSY, EBUSY];
  await bindWhenFree(socket, 7, 1, () => false);
  t.same(
    bound.splice(0),
    new Array(4).fill('aside 7,1'),
    'never here: that would wait for changes of devices',
  );

  refusals = new Array(1000).fill(ENODEV);
  await t.rejects(
    bindWhenFree(socket, 7, 1, () => false, 20),
    { code: 'ENODEV' },
  );
  t.equal(bound.indexOf('here 7,1'), bound.length - 1, 'here once, at the end, to know why');
  bound.length = 0;

  refusals = new Array(1000).fill(EBUSY);
  await t.rejects(
    bindWhenFree(socket, 7, 1, () => false, 20),
    { code: 'EBUSY' },
  );
  t.equal(
    bound.splice(0).filter((call) => call === 'here 7,1').length,
    1,
    'likewise a queue that stays in use',
  );

  await t.rejects(
    bindWhenFree(socket, 7, 1, () => true),
    { code: 'EBUSY' },
  );
  t.same(bound, ['aside 7,1', 'here 7,1'], 'nobody waits when all is over');
});
