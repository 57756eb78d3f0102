/** scripts/install-service.sh below a directory of the test: what it makes, and what it leaves alone. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { skipWithoutBuild } from '../fixtures/live/daemon/command.js';
import { runTool, skipWithoutTool } from '../fixtures/live/oracle/tool.js';
import { fromRoot } from '../fixtures/root.js';

const SCRIPT = fromRoot('scripts/install-service.sh');
const UNIT = '/etc/systemd/system/traffic-mirror.service';
const COMMAND = '/usr/local/bin/traffic-mirror';
const MAIN = '/opt/traffic-mirror/dist/src/cli/main.js';

function makeRoot(t: Test): string {
  const root = mkdtempSync(join(tmpdir(), 'tm-install-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

const install = (...args: string[]) => runTool('sh', [SCRIPT, ...args]);

t.test('a dry run tells, and does nothing', async (t) => {
  const root = makeRoot(t);
  const { exitCode, output } = install('--dry-run', '--root', root);
  t.equal(exitCode, 0, output);
  t.match(output, `mv ${root}/opt/traffic-mirror.new ${root}/opt/traffic-mirror`);
  t.strictSame(readdirSync(root), []);
});

t.test('installing, and again over what was installed', { skip: skipWithoutBuild }, async (t) => {
  const root = makeRoot(t);
  const config = `${root}/etc/traffic-mirror/config.yaml`;
  const command = `${root}/opt/traffic-mirror/dist/src/cli/main.js`;
  for (const edited of [false, true]) {
    const { exitCode, output } = install('--root', root);
    t.equal(exitCode, 0, output);
    const { version } = JSON.parse(readFileSync(`${root}/opt/traffic-mirror/package.json`, 'utf8')) as {
      version: string;
    };
    t.strictSame(runTool(process.execPath, [command, '--version']), { exitCode: 0, output: `${version}\n` });
    t.match(runTool(process.execPath, [command, 'check', '--config', config]), { exitCode: 0 });
    t.notOk(readdirSync(`${root}/opt/traffic-mirror/node_modules`).includes('typescript'), 'only what runs');
    t.ok(existsSync(`${root}/opt/traffic-mirror/dist/console/www/index.html`), 'the console');
    t.strictSame(readdirSync(`${root}/opt`), ['traffic-mirror'], 'nothing is left over');
    if (edited) t.equal(readFileSync(config, 'utf8'), 'log: { level: warn }\n', 'the configuration stays');
    writeFileSync(config, 'log: { level: warn }\n');
  }
  const unit = readFileSync(root + UNIT, 'utf8');
  t.match(
    unit,
    /^ExecStart=\/\S+ (--disable-sigusr1|--inspect-port=240\.0\.0\.1:1024) \/opt\/traffic-mirror\/dist\/src\/cli\/main.js run /m,
  );
  const [, node = '', flag = ''] = /^ExecStart=(\S+) (\S+)/m.exec(unit) ?? [];
  t.equal(skipWithoutTool(node), false, 'by a node that is there');
  t.match(runTool(node, [flag, '--eval', '0']), { exitCode: 0 }, 'and that takes the flag');

  t.equal(
    readFileSync(root + COMMAND, 'utf8'),
    `#!/bin/sh\nexec ${node} ${flag} ${MAIN} "$@"\n`,
    'on the PATH',
  );
  t.equal(statSync(root + COMMAND).mode & 0o777, 0o755);
});
