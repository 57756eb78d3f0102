/** Flags of V8 by which the engine's functions are inlined. */
import { execFileSync } from 'node:child_process';
import t from 'tap';
import { INLINING } from '../../src/engine/inlining.js';

t.test('this Node.js knows the flags', async (t) => {
  // One that it does not know ends it at the start.
  const output = execFileSync(process.execPath, [...INLINING, '--print', '6 * 7'], { encoding: 'utf8' });
  t.equal(output, '42\n');
});
