import { spawnSync } from 'node:child_process';
import { chmodSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfiguration } from '../../src/config/load.js';

const folder = t.testdir({ folder: {}, empty: '', 'gone.link': t.fixture('symlink', 'gone') });
const file = (name: string): string => join(folder, name);

writeFileSync(file('utf-16'), Buffer.from('\ufefflog: { level: info }\n', 'utf16le'));
writeFileSync(file('late'), Buffer.from('log:\n  # caf\xe9\n  level: info\n', 'latin1'));
writeFileSync(file('last-line'), Buffer.from('log: {}\n# \xff', 'latin1'));
writeFileSync(file('large'), '{}');
truncateSync(file('large'), 16 * 2 ** 20 + 1);
symlinkSync('loop', file('loop'));
t.equal(spawnSync('mkfifo', [file('pipe')]).status, 0);

const rows = [
  { name: 'gone', want: '1: cannot be read: no such file or directory' },
  { name: 'gone.link', want: '1: cannot be read: no such file or directory' },
  { name: 'loop', want: '1: cannot be read: too many symbolic links encountered' },
  { name: 'empty/below', want: '1: cannot be read: not a directory' },
  { name: 'folder', want: '1: is a directory' },
  { name: 'pipe', want: '1: is not a regular file' },
  { name: 'large', want: '1: is larger than 16 MiB' },
  { name: 'empty', want: '1: holds no configuration' },
  { name: 'utf-16', want: '1: is not valid UTF-8' },
  { name: 'late', want: '2: is not valid UTF-8' },
  { name: 'last-line', want: '2: is not valid UTF-8' },
];

for (const { name, want } of rows) {
  t.test(name, async (t) => {
    const result = await loadConfiguration(file(name));
    t.strictSame(result.ok ? [] : result.problems.map(({ line, text }) => `${line}: ${text}`), [want]);
  });
}

t.test('not permitted', { skip: process.getuid?.() === 0 && 'root may read everything' }, async (t) => {
  writeFileSync(file('secret'), '{}');
  chmodSync(file('secret'), 0);
  const result = await loadConfiguration(file('secret'));
  t.match(result, { ok: false, problems: [{ line: 1, text: 'cannot be read: permission denied' }] });
});
