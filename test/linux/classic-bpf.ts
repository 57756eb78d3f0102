/** Programs as SO_ATTACH_FILTER takes them: struct sock_fprog, which points to struct sock_filter. */
import { constants } from 'node:os';
import t from 'tap';
import { attachedFilter, attachFilter, REJECT_ALL } from '../../src/linux/classic-bpf.js';
import { hex } from '../fixtures/frames/hex.js';
import { FakeLibc } from '../fixtures/linux/fake-libc.js';

/** Reads the program during the call, as the kernel does. */
class ReadingLibc extends FakeLibc {
  program: Uint8Array | undefined;

  override setOption(op: string, descriptor: number, level: number, option: number, value: Uint8Array): void {
    super.setOption(op, descriptor, level, option, value);
    const view = new DataView(value.buffer);
    const address = Number(view.getBigUint64(8, true));
    this.program = this.memory.read(address, 8 * view.getUint16(0, true)).slice();
  }
}

t.test('the layout', async (t) => {
  const libc = new ReadingLibc();
  attachFilter(libc, 3, [
    { code: 0x20, jt: 0, jf: 0, k: 0xfffff004 },
    { code: 0x15, jt: 1, jf: 255, k: 4 },
    { code: 0x06, jt: 0, jf: 0, k: 0xffffffff },
  ]);
  t.same(libc.program, hex('2000 00 00 04f0ffff  1500 01 ff 04000000  0600 00 00 ffffffff'));
  t.equal(libc.memory.size, 0, 'the kernel has a copy: ours is given back');
  attachFilter(libc, 3, REJECT_ALL);
  t.same(libc.program, hex('0600 00 00 00000000'), 'a program that lets nothing through');
});

t.test('the program that is attached', async (t) => {
  const libc = new FakeLibc();
  t.strictSame(attachedFilter(libc, 3), [], 'none');
  libc.options.set('SO_GET_FILTER', hex('2000 00 00 04f0ffff  1500 01 ff 04000000  0600 00 00 00000000'));
  t.strictSame(attachedFilter(libc, 3), [
    { code: 0x20, jt: 0, jf: 0, k: 0xfffff004 },
    { code: 0x15, jt: 1, jf: 255, k: 4 },
    { code: 0x06, jt: 0, jf: 0, k: 0 },
  ]);
});

t.test('a program that the kernel refuses', async (t) => {
  const libc = new FakeLibc();
  libc.refused.set('SO_ATTACH_FILTER', constants.errno.EINVAL);
  t.throws(() => attachFilter(libc, 3, REJECT_ALL), { code: 'EINVAL' });
  t.equal(libc.memory.size, 0, 'its memory is given back');
});
