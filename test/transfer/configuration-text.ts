/** A configuration that is written is one that can be read: no larger than that. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfiguration } from '../../src/config/load.js';
import { MAXIMUM_MEBIBYTES, tooLarge } from '../../src/transfer/configuration-text.js';

t.test('the most that is read', async (t) => {
  const file = join(t.testdir({}), 'c.yaml');
  const most = `{}${' '.repeat(MAXIMUM_MEBIBYTES * 2 ** 20 - 3)}\n`;
  for (const { name, text, isRead } of [
    { name: 'as much', text: most, isRead: true },
    { name: 'a byte more', text: `${most}\n`, isRead: false },
  ]) {
    writeFileSync(file, text);
    t.equal((await loadConfiguration(file)).ok, isRead, name);
    t.equal(tooLarge(text) === undefined, isRead, `${name}: ${tooLarge(text)}`);
  }
});
