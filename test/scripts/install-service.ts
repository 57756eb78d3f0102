/** What scripts/install-service.sh takes away and what it leaves, below a directory of the test. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { runTool } from '../fixtures/live/oracle/tool.js';
import { fromRoot } from '../fixtures/root.js';

const SCRIPT = fromRoot('scripts/install-service.sh');
const UNIT = '/etc/systemd/system/traffic-mirror.service';
const DROP_IN = `${UNIT}.d/more.conf`;
const COMMAND = '/usr/local/bin/traffic-mirror';
const MAIN = '/opt/traffic-mirror/dist/src/cli/main.js';
const KEPT = ['/etc/traffic-mirror/config.yaml', '/var/lib/traffic-mirror/lock'];

const install = (...args: string[]) => runTool('sh', [SCRIPT, ...args]);

function makeRoot(t: Test, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'tm-install-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(root + path), { recursive: true });
    writeFileSync(root + path, text);
  }
  return root;
}

function filesBelow(root: string): string[] {
  const paths = runTool('find', [root, '-type', 'f']).output.split('\n');
  return paths
    .filter((path) => path !== '')
    .map((path) => path.slice(root.length))
    .sort();
}

const installed = {
  [UNIT]: `[Service]\nExecStart=/usr/bin/node ${MAIN} run\n`,
  [DROP_IN]: '[Service]\n',
  [COMMAND]: `#!/bin/sh\nexec /usr/bin/node ${MAIN} "$@"\n`,
  [MAIN]: '',
  ...Object.fromEntries(KEPT.map((path) => [path, ''])),
};

t.test('wrong usage', async (t) => {
  t.match(install('--colour'), { exitCode: 2, output: /^install-service: unknown argument --colour\n$/ });
  t.match(install('--purge'), { exitCode: 2, output: /^install-service: --purge goes with --uninstall\n$/ });
});

t.test('taken away', async (t) => {
  const root = makeRoot(t, installed);
  const before = filesBelow(root);
  const uninstall = (...args: string[]) => install('--root', root, '--uninstall', ...args);
  t.match(uninstall('--purge', '--dry-run'), { exitCode: 0, output: `rm -rf ${root}/etc/traffic-mirror` });
  t.strictSame(filesBelow(root), before, 'a dry run does nothing');
  t.match(uninstall(), { exitCode: 0, output: /--purge removes them\n$/ });
  t.strictSame(filesBelow(root), [DROP_IN, ...KEPT].sort(), 'what is left');
  t.match(
    uninstall(),
    { exitCode: 0, output: /there is no \S+ of this script/ },
    'when nothing is installed',
  );
  t.match(uninstall('--purge'), { exitCode: 0 });
  t.strictSame(filesBelow(root), []);
});

t.test('what others put in its places stays', async (t) => {
  const others = {
    [UNIT]: '[Service]\nExecStart=/usr/lib/other run\n',
    [COMMAND]: '#!/bin/sh\nexec other\n',
  };
  const root = makeRoot(t, others);
  t.match(install('--root', root, '--uninstall'), { exitCode: 0 });
  for (const [path, text] of Object.entries(others)) t.equal(readFileSync(root + path, 'utf8'), text);
  const { exitCode, output } = install('--root', root, '--dry-run');
  t.match({ exitCode, output }, { exitCode: 0, output: `leaving ${root}${COMMAND} as it is` });
});
