/** What outlasts the call that makes a process another program. */
import { execFileSync } from 'node:child_process';
import t from 'tap';

const MODULE = new URL('../../src/linux/process-calls.js', import.meta.url).href;
const SIGUSR1_BIT = 1n << 9n;

/** The mask of a `grep` that a process has become. */
function blockedAfter(call: string): bigint {
  const program = `
    const calls = await (await import(${JSON.stringify(MODULE)})).openProcessCalls();
    // Node holds it back until it handles it.
    process.on('SIGUSR1', () => {});
    ${call}
    calls.keepOpen(1);
    calls.execute('/bin/grep', ['grep', 'SigBlk', '/proc/self/status'], []);`;
  const line = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return BigInt(`0x${line.split(/\s+/)[1]}`);
}

t.test('a signal that is held back', async (t) => {
  t.equal(blockedAfter('') & SIGUSR1_BIT, 0n, 'not by itself');
  t.equal(blockedAfter("calls.blockSignal('SIGUSR1');"), SIGUSR1_BIT, 'it, and no other');
});
