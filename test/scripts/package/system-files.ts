/** The unit that the package has, made of the repository's. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { packagedUnit } from '../../../scripts/package/system-files.js';
import { UNIT_FILE } from '../../fixtures/live/daemon/unit-file.js';

const source = readFileSync(UNIT_FILE, 'utf8');

t.test('the unit', async (t) => {
  const unit = packagedUnit(source, { noInspector: '--disable-sigusr1' });
  const program = '/usr/lib/traffic-mirror';
  t.match(
    unit,
    `\nExecStart=${program}/bin/node --disable-sigusr1 ${program}/dist/src/cli/main.js run --config /etc/traffic-mirror/config.yaml\n`,
  );
  t.match(unit, `\nExecReload=${program}/bin/node ${program}/dist/src/cli/main.js check --config`);
  t.notMatch(unit, /\/opt\/|\/usr\/bin\/node|install-service/, 'nothing of the other way to install');
  const settings = (text: string) =>
    text.split('\n').filter((line) => /^[A-Z]\w+=/.test(line) && !/^(Exec|Documentation)/.test(line));
  t.strictSame(settings(unit), settings(source), 'all else is the same');
});

t.test('a unit that starts something else', async (t) => {
  t.throws(
    () =>
      packagedUnit(source.replace('ExecStart=/usr/bin/node', 'ExecStart=/usr/bin/nodejs'), {
        noInspector: '--x',
      }),
    {
      message: /^the unit has no ExecStart=/,
    },
  );
});
