/** What dpkg runs, below a directory of the test (DPKG_ROOT), with stand-ins for the system's tools that write down their calls. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { toolAt } from '../../fixtures/package/tool-at.js';
import { fromRoot } from '../../fixtures/root.js';

const UNIT = 'traffic-mirror.service';
const OLD_UNIT = `etc/systemd/system/${UNIT}`;
const LINK = `etc/systemd/system/multi-user.target.wants/${UNIT}`;
const OLD_COMMAND = 'usr/local/bin/traffic-mirror';
const CONFIGURATION = 'etc/traffic-mirror/config.yaml';
const OLD_MAIN = '/opt/traffic-mirror/dist/src/cli/main.js';
const TOOLS = ['adduser', 'chgrp', 'systemctl', 'deb-systemd-helper', 'deb-systemd-invoke'];

interface System {
  readonly root: string;
  run(script: string, ...args: string[]): { exitCode: number | null; output: string; calls: string[] };
}

/** @param files by path from its root, with their text. */
function makeSystem(t: Test, files: Record<string, string> = {}, stand = ''): System {
  const root = t.testdir({ tools: {}, root: {} });
  const tools = join(root, 'tools');
  const log = join(root, 'calls');
  for (const tool of TOOLS) {
    writeFileSync(join(tools, tool), `#!/bin/sh\necho "${tool} $*" >>${log}\n${stand}`, { mode: 0o755 });
  }
  // The owner that the file would have: tests need not be root.
  writeFileSync(join(tools, 'stat'), '#!/bin/sh\ncat "$3.owner" 2>/dev/null || echo "root:root 640"\n', {
    mode: 0o755,
  });
  const system = join(root, 'root');
  mkdirSync(join(system, 'run/systemd/system'), { recursive: true });
  for (const [path, text] of Object.entries(files)) put(system, path, text);
  return {
    root: system,
    run(script, ...args) {
      writeFileSync(log, '');
      const environment = { PATH: `${tools}:/usr/bin:/bin`, DPKG_ROOT: system };
      const file = fromRoot(`package/debian/${script}`);
      const outcome = toolAt('/', environment, 'sh', file, ...args);
      const calls = readFileSync(log, 'utf8').trimEnd().split('\n');
      return { ...outcome, calls: calls.map((call) => call.replace(` ${UNIT}`, '').replaceAll(system, '')) };
    },
  };
}

function put(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const byInstallService = {
  [OLD_UNIT]: `[Service]\nExecStart=/usr/bin/node --disable-sigusr1 ${OLD_MAIN} run --config /etc/traffic-mirror/config.yaml\n`,
  [OLD_COMMAND]: `#!/bin/sh\nexec /usr/bin/node ${OLD_MAIN} "$@"\n`,
  [CONFIGURATION]: '{}\n',
};

t.test('a first installation', async (t) => {
  const system = makeSystem(t, { [CONFIGURATION]: '{}\n' });
  const { exitCode, calls } = system.run('postinst', 'configure', '');
  t.equal(exitCode, 0);
  t.match(calls, [
    /^adduser --system --group .* traffic-mirror$/,
    'chgrp traffic-mirror /etc/traffic-mirror/config.yaml',
    'deb-systemd-helper --quiet was-enabled',
    'deb-systemd-helper enable',
    'systemctl --system daemon-reload',
    'deb-systemd-invoke start',
  ]);
});

t.test('an upgrade restarts, and leaves the owner of the configuration', async (t) => {
  const system = makeSystem(t, { [CONFIGURATION]: '{}\n', [`${CONFIGURATION}.owner`]: 'root:adm 640\n' });
  const { calls } = system.run('postinst', 'configure', '0.1.0');
  t.equal(calls.at(-1), 'deb-systemd-invoke restart');
  t.notOk(calls.some((call) => call.startsWith('chgrp')));
  t.strictSame(system.run('prerm', 'upgrade', '0.2.0').calls, [''], 'nothing is stopped before');
});

t.test('without systemd, as in an image', async (t) => {
  const system = makeSystem(t);
  toolAt(system.root, process.env, 'rm', '-r', 'run');
  const { exitCode, calls } = system.run('postinst', 'configure', '');
  t.equal(exitCode, 0);
  t.notOk(calls.some((call) => /^systemctl|^deb-systemd-invoke/.test(call)));
});

t.test('a service that does not start', async (t) => {
  const fails = 'case "$0" in *deb-systemd-invoke) exit 1 ;; esac\n';
  const { exitCode, output } = makeSystem(t, {}, fails).run('postinst', 'configure', '');
  t.match({ exitCode, output }, { exitCode: 0, output: /^traffic-mirror: it did not start: see systemctl/ });
});

t.test('an administrator who disabled the service', async (t) => {
  const disabled = 'case "$*" in *was-enabled*) exit 1 ;; esac\n';
  const { calls } = makeSystem(t, {}, disabled).run('postinst', 'configure', '0.1.0');
  t.ok(calls.includes('deb-systemd-helper update-state'));
  t.notOk(calls.includes('deb-systemd-helper enable'));
});

t.test('a service of install-service', async (t) => {
  const system = makeSystem(t, byInstallService);
  mkdirSync(dirname(join(system.root, LINK)));
  symlinkSync(`/${OLD_UNIT}`, join(system.root, LINK));
  const { exitCode, output, calls } = system.run('postinst', 'configure', '');
  t.match(
    { exitCode, output },
    { exitCode: 0, output: "the service of /opt/traffic-mirror is now the package's" },
  );
  t.notOk(existsSync(join(system.root, OLD_UNIT)), 'its unit does not hide the package’s');
  t.equal(
    readFileSync(join(system.root, `${OLD_UNIT}.replaced`), 'utf8'),
    byInstallService[OLD_UNIT],
    'and is kept',
  );
  t.equal(readlinkSync(join(system.root, LINK)), `/lib/systemd/system/${UNIT}`, 'it stays enabled');
  t.notOk(existsSync(join(system.root, OLD_COMMAND)), 'its command is gone');
  t.equal(calls.at(-1), 'deb-systemd-invoke restart', 'the old program ends');
  t.notOk(calls.includes('deb-systemd-helper disable'));
});

t.test('one that was disabled', async (t) => {
  const system = makeSystem(t, byInstallService);
  const { calls } = system.run('postinst', 'configure', '');
  t.ok(calls.indexOf('deb-systemd-helper disable') > calls.indexOf('deb-systemd-helper enable'));
});

t.test('units and commands of others', async (t) => {
  const others = {
    [OLD_UNIT]: '[Service]\nExecStart=/usr/lib/traffic-mirror/bin/node main.js run\n',
    [OLD_COMMAND]: '#!/bin/sh\nexec other\n',
  };
  const system = makeSystem(t, others);
  const { output, calls } = system.run('postinst', 'configure', '');
  t.equal(output, '');
  for (const [path, text] of Object.entries(others))
    t.equal(readFileSync(join(system.root, path), 'utf8'), text);
  t.equal(calls.at(-1), 'deb-systemd-invoke start');
  const masked = makeSystem(t);
  mkdirSync(dirname(join(masked.root, OLD_UNIT)), { recursive: true });
  symlinkSync('/dev/null', join(masked.root, OLD_UNIT));
  t.equal(masked.run('postinst', 'configure', '').exitCode, 0);
  t.ok(lstatSync(join(masked.root, OLD_UNIT)).isSymbolicLink(), 'a masked service stays masked');
});

t.test('removed and purged', async (t) => {
  const state = 'var/lib/traffic-mirror/api-state.jsonl';
  const system = makeSystem(t, { [state]: '\n', 'var/lib/other': '\n' });
  t.strictSame(system.run('prerm', 'remove').calls, ['deb-systemd-invoke stop']);
  t.strictSame(system.run('postrm', 'remove').calls, ['systemctl --system daemon-reload']);
  t.ok(existsSync(join(system.root, state)), 'state is kept');
  t.strictSame(system.run('postrm', 'purge').calls, ['deb-systemd-helper purge']);
  t.notOk(existsSync(join(system.root, dirname(state))));
  t.ok(existsSync(join(system.root, 'var/lib/other')));
});

t.test('purged when another service has taken its place', async (t) => {
  const state = 'var/lib/traffic-mirror/api-state.jsonl';
  const removesLinks = `case "$0 $*" in *deb-systemd-helper\\ purge*) rm -f "$DPKG_ROOT/${LINK}" ;; esac\n`;
  const system = makeSystem(t, { ...byInstallService, [state]: '\n' }, removesLinks);
  mkdirSync(dirname(join(system.root, LINK)));
  symlinkSync(`/${OLD_UNIT}`, join(system.root, LINK));
  const { exitCode, output, calls } = system.run('postrm', 'purge');
  t.match(
    { exitCode, output },
    { exitCode: 0, output: /^traffic-mirror: \/var\/lib\/traffic-mirror is kept: / },
  );
  t.strictSame(calls, ['deb-systemd-helper purge']);
  t.ok(existsSync(join(system.root, state)), 'its state is kept');
  t.equal(readlinkSync(join(system.root, LINK)), `/${OLD_UNIT}`, 'it stays enabled');

  const disabled = makeSystem(t, { ...byInstallService, [state]: '\n' });
  disabled.run('postrm', 'purge');
  t.ok(existsSync(join(disabled.root, state)));
  t.notOk(existsSync(join(disabled.root, dirname(LINK))), 'one that was disabled stays disabled');

  const own = '[Service]\nExecStart=/usr/lib/traffic-mirror/bin/node main.js run\n';
  const edited = makeSystem(t, { [OLD_UNIT]: own, [state]: '\n' });
  t.match(edited.run('postrm', 'purge'), { exitCode: 0, output: '' });
  t.notOk(
    existsSync(join(edited.root, dirname(state))),
    'a unit for the package’s program needs no state any more',
  );
});

t.test('dpkg’s other ways to call them', async (t) => {
  for (const [script, ...args] of [
    ['postinst', 'triggered', 'ldconfig'],
    ['prerm', 'deconfigure'],
    ['prerm', 'failed-upgrade', '0.1.0'],
    ['postrm', 'upgrade', '0.2.0'],
    ['postrm', 'disappear'],
    ['postrm', 'failed-upgrade', '0.1.0'],
    ['postrm', 'abort-install'],
  ]) {
    t.match(
      makeSystem(t).run(script ?? '', ...args),
      { exitCode: 0, calls: [''] },
      `${script} ${args.join(' ')}`,
    );
  }
});
