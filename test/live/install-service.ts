/** scripts/install-service.sh below a directory of the test: what it makes, and what it leaves alone. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

t.test('unknown arguments', async (t) => {
  t.match(install('--colour'), { exitCode: 2, output: /^install-service: unknown argument --colour\n$/ });
  t.match(install('--purge'), { exitCode: 2, output: /^install-service: --purge goes with --uninstall\n$/ });
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

  await t.test('and taken away', (t) => takeAway(t, root));
});

async function takeAway(t: Test, root: string): Promise<void> {
  mkdirSync(`${root}/var/lib/traffic-mirror`, { recursive: true });
  const before = everythingBelow(root);
  const uninstall = (...args: string[]) => install('--root', root, '--uninstall', ...args);
  t.match(uninstall('--purge', '--dry-run'), { exitCode: 0, output: `rm -rf ${root}/etc/traffic-mirror` });
  t.strictSame(everythingBelow(root), before, 'a dry run does nothing');
  t.match(uninstall(), { exitCode: 0, output: /--purge removes them\n$/ });
  t.strictSame(
    everythingBelow(root),
    ['etc/traffic-mirror/config.yaml', 'var/lib/traffic-mirror'],
    'what is left',
  );
  t.match(uninstall(), { exitCode: 0 }, 'when nothing is installed');
  t.match(uninstall('--purge'), { exitCode: 0 });
  t.strictSame(everythingBelow(root), []);
}

t.test('what others put in its places stays', async (t) => {
  const root = makeRoot(t);
  const others = {
    [UNIT]: 'ExecStart=/usr/lib/other/traffic-mirror\n',
    [COMMAND]: '#!/bin/sh\nexec other\n',
  };
  for (const [path, text] of Object.entries(others)) {
    mkdirSync(dirname(root + path), { recursive: true });
    writeFileSync(root + path, text);
  }
  t.match(install('--root', root, '--uninstall'), { exitCode: 0, output: /there is no \S+ of this script/ });
  for (const [path, text] of Object.entries(others)) t.equal(readFileSync(root + path, 'utf8'), text);
  t.match(install('--root', root, '--dry-run'), {
    exitCode: 0,
    output: `leaving ${root}${COMMAND} as it is`,
  });
});

/** Files, and directories with nothing in them but below the directories of any system. */
function everythingBelow(root: string): string[] {
  const { output } = runTool('find', [root, '-type', 'f', '-o', '-path', '*/traffic-mirror', '-empty']);
  const paths = output.split('\n').filter((path) => path !== '');
  return paths.map((path) => path.slice(root.length + 1)).sort();
}
