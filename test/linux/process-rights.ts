/** The calls to Landlock for each version of its interface, and what outlasts execve(2). */
import { execFileSync } from 'node:child_process';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import t from 'tap';
import { LinuxError } from '../../src/linux/errors.js';
import { type AllowedPath, confineThread, type ProcessCalls } from '../../src/linux/process-rights.js';

type LandlockCalls = Pick<ProcessCalls, 'createRuleset' | 'addPathRule' | 'restrictSelf' | 'gainNothing'>;

const MODULE = new URL('../../src/linux/process-rights.js', import.meta.url).href;
const SIGUSR1_BIT = 1n << 9n;

interface Asked {
  readonly calls: string[];
  /** As 64-bit words. */
  ruleset: bigint[];
  readonly rules: { readonly rights: bigint; readonly inode: number }[];
}

function ask(version: number, allowed: readonly AllowedPath[], refused?: string): Asked {
  const asked: Asked = { calls: [], ruleset: [], rules: [] };
  const note = (call: string): void => {
    asked.calls.push(call);
    if (call === refused) throw new LinuxError(call, constants.errno.EPERM);
  };
  const calls: LandlockCalls = {
    createRuleset: (attributes) => {
      note('create');
      asked.ruleset = [...new BigUint64Array(attributes.slice().buffer)];
      return openSync('/dev/null', 'r');
    },
    addPathRule: (_ruleset, attributes) => {
      note('rule');
      const view = new DataView(attributes.buffer, attributes.byteOffset, 12);
      asked.rules.push({
        rights: view.getBigUint64(0, true),
        inode: fstatSync(view.getInt32(8, true)).ino,
      });
    },
    gainNothing: () => note('no new privileges'),
    restrictSelf: () => note('restrict'),
  };
  confineThread(calls as ProcessCalls, version, allowed);
  return asked;
}

/** Bits 0 to `count - 1`. */
const bits = (count: number): bigint => (1n << BigInt(count)) - 1n;

t.test('all access that a version has is given up', async (t) => {
  const rows: { version: number; want: bigint[] }[] = [
    { version: 1, want: [bits(13)] },
    { version: 2, want: [bits(14)] },
    { version: 3, want: [bits(15)] },
    { version: 4, want: [bits(15), 3n] },
    { version: 5, want: [bits(16), 3n] },
    { version: 6, want: [bits(16), 3n, 3n] },
    { version: 7, want: [bits(16), 3n, 3n] },
    { version: 99, want: [bits(16), 3n, 3n] },
  ];
  for (const { version, want } of rows) t.strictSame(ask(version, []).ruleset, want, `version ${version}`);
});

t.test('allowed paths', async (t) => {
  const directory = t.testdir({ file: '' });
  const inode = (path: string): number => {
    const descriptor = openSync(path, 'r');
    try {
      return fstatSync(descriptor).ino;
    } finally {
      closeSync(descriptor);
    }
  };
  const file = `${directory}/file`;
  const asked = ask(7, [
    { path: directory, access: 'read' },
    { path: file, access: 'read' },
    { path: file, access: 'execute' },
    { path: file, access: 'write' },
    { path: `${directory}/nothing`, access: 'read' },
    { path: `${file}/beneath`, access: 'read' },
  ]);
  t.strictSame(
    asked.rules,
    [
      { rights: 0b1100n, inode: inode(directory) },
      { rights: 0b0100n, inode: inode(file) },
      { rights: 0b0101n, inode: inode(file) },
      { rights: 0b0110n, inode: inode(file) },
    ],
    'a file has no right to read a directory, and a missing path is ignored',
  );
  t.strictSame(asked.calls, ['create', ...asked.rules.map(() => 'rule'), 'no new privileges', 'restrict']);
});

t.test('an error is thrown, and nothing stays open', async (t) => {
  for (const refused of ['create', 'rule', 'no new privileges', 'restrict']) {
    const next = openSync('/dev/null', 'r');
    closeSync(next);
    t.throws(() => ask(7, [{ path: '/', access: 'read' }], refused), { code: 'EPERM' }, refused);
    const after = openSync('/dev/null', 'r');
    closeSync(after);
    t.equal(after, next, `${refused}: descriptors are closed`);
  }
});

/** The mask of a `grep` that a process has become. */
function blockedAfter(call: string): bigint {
  const program = `
    const calls = await (await import(${JSON.stringify(MODULE)})).openProcessCalls();
    // Node blocks it itself until there is a handler.
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

t.test('a blocked signal stays blocked in the executed program', async (t) => {
  t.equal(blockedAfter('') & SIGUSR1_BIT, 0n, 'not by itself');
  t.equal(blockedAfter("calls.blockSignal('SIGUSR1');"), SIGUSR1_BIT, 'it, and no other');
});
