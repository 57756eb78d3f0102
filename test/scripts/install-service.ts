/** What scripts/install-service.sh takes away and what it leaves, below a directory of the test. */
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { runTool, skipWithoutTool } from '../fixtures/live/oracle/tool.js';
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

t.test('a directory that the script did not make stays', async (t) => {
  const place = '/opt/traffic-mirror';
  const strangers = {
    'a checkout there': `${place}/.git/config`,
    'its sources alone': `${place}/src/cli/main.ts`,
    'one below it': `${place}/checkout/package.json`,
    'beside it': `${place}.new/.git`,
  };
  for (const [what, stranger] of Object.entries(strangers)) {
    const root = makeRoot(t, { ...installed, [stranger]: 'precious' });
    const wanted = {
      exitCode: 1,
      output: /would be replaced, and \S+ is not of this script: move it elsewhere/,
    };
    t.match(install('--root', root), wanted, `${what}: nothing is installed over it`);
    t.match(
      install('--root', root, '--uninstall', '--purge'),
      {
        exitCode: 0,
        output: /leaving \S+ as it is: \S+ is not of this script\n(.*\n)*.*nothing is left but /,
      },
      `${what}: not taken away`,
    );
    t.equal(readFileSync(root + stranger, 'utf8'), 'precious', what);
  }

  const root = makeRoot(t, { '/srv/checkout/package.json': '{}' });
  mkdirSync(`${root}/opt`);
  symlinkSync('../srv/checkout', root + place);
  t.match(install('--root', root), {
    exitCode: 1,
    output: /would be replaced, and \S+ is not of this script/,
  });
  t.match(install('--root', root, '--uninstall'), { exitCode: 0 });
  t.ok(lstatSync(root + place).isSymbolicLink(), 'a link to somewhere else stays too');
});

t.test('a checkout in /opt is not lost by its own script', async (t) => {
  const script = '/opt/traffic-mirror/scripts/install-service.sh';
  const root = makeRoot(t, {
    [script]: readFileSync(SCRIPT, 'utf8'),
    '/opt/traffic-mirror/notes': 'precious',
  });
  const from = (...args: string[]) => runTool('sh', [root + script, '--root', root, ...args]);
  t.match(from(), { exitCode: 1, output: /would be replaced/ });
  t.match(from('--uninstall'), { exitCode: 0 });
  t.equal(readFileSync(`${root}/opt/traffic-mirror/notes`, 'utf8'), 'precious');
});

t.test('configuration and state of a service that the script did not make are not purged', async (t) => {
  const root = makeRoot(t, { ...installed, [UNIT]: '[Service]\nExecStart=/usr/lib/other run\n' });
  const before = filesBelow(root);
  const { exitCode, output } = install('--root', root, '--uninstall', '--purge');
  t.match({ exitCode, output }, { exitCode: 1, output: /--purge: \S+ is not of this script/ });
  t.strictSame(filesBelow(root), before);
});

t.test('where dpkg knows the Debian package', { skip: skipWithoutTool('dpkg-query') }, async (t) => {
  const known = (status: string): string => {
    const stanza = `Package: traffic-mirror\nStatus: ${status}\nMaintainer: x\nArchitecture: all\nVersion: 1\nDescription: x\n`;
    return makeRoot(t, { ...installed, '/var/lib/dpkg/status': stanza });
  };
  const states = {
    'install ok installed': /the Debian package traffic-mirror is installed/,
    'install reinstreq half-installed': /the Debian package traffic-mirror is installed/,
    'deinstall ok config-files': /was removed, but not purged/,
  };
  for (const [status, output] of Object.entries(states)) {
    const root = known(status);
    t.match(install('--root', root, '--dry-run'), { exitCode: 1, output }, status);
    t.match(
      install('--root', root, '--uninstall', '--purge'),
      { exitCode: 1, output: /apt-get purge/ },
      status,
    );
    for (const path of KEPT) t.equal(readFileSync(root + path, 'utf8'), '', `${status}: ${path} is kept`);
  }
  t.match(install('--root', known('purge ok not-installed'), '--dry-run'), { exitCode: 0 });
});

t.test('the machine’s own root is no directory to install below', async (t) => {
  for (const root of ['/', '//', '/usr/..']) {
    const { exitCode, output } = install('--root', root, '--uninstall', '--dry-run');
    t.equal(exitCode, 0, output);
    t.match(output, /there is no \/etc\/|rm -f \/etc\//, root);
  }
});
