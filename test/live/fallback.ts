/** `engine.io: auto` on a machine without koffi: libpcap I/O takes its place, the log says why, and it mirrors. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { readStatus } from '../../src/status/status-server.js';
import { sessionSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { fromRoot } from '../fixtures/root.js';

const PROJECT = fromRoot('');
const PINGS = 3;
const LIMIT_MS = 20_000;

/** The built project as it would be where a package could not be installed. */
function installWithout(name: string, directory: string): string {
  cpSync(join(PROJECT, 'dist/src'), join(directory, 'dist/src'), { recursive: true });
  cpSync(join(PROJECT, 'package.json'), join(directory, 'package.json'));
  mkdirSync(join(directory, 'node_modules'));
  for (const one of readdirSync(join(PROJECT, 'node_modules'))) {
    if (one === name || one === '.bin') continue;
    symlinkSync(join(PROJECT, 'node_modules', one), join(directory, 'node_modules', one));
  }
  return join(directory, 'dist/src/cli/main.js');
}

t.test('without koffi', { skip: skipUnless('ping') || skipIo('libpcap') }, async (t) => {
  const stand = buildStand(t);
  const installed = join(stand.directory, 'installed');
  mkdirSync(installed);
  const command = installWithout('koffi', installed);
  const configFile = stand.configure({ ...mirrorEverything('veth0', 42), engine: { io: 'auto' } });
  const daemon = stand.host.spawn(process.execPath, [command, 'run', '--config', configFile]);
  let log = '';
  daemon.stdout?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const status = await untilCopies(stand.directory, () => {
    stand.client.run('ping', '-c', String(PINGS), '-i', '0.2', '10.1.0.1');
  });
  t.equal(status?.io, 'libpcap');
  t.ok(
    status !== undefined && sessionSum(status, 'mirrored') >= 2 * PINGS,
    'echoes and replies are mirrored',
  );
  const second = spawnSync(
    'ip',
    ['netns', 'exec', stand.host.name, process.execPath, command, 'run', '--config', configFile],
    { encoding: 'utf8' },
  );
  t.equal(second.status, 1, 'a second daemon does not start: flock(1) takes the lock');
  t.equal(second.stderr, `a daemon with pid ${daemon.pid} already uses ${stand.directory}\n`);
  t.match(log, /"reason":"[^"]*koffi[^"]*".*using libpcap/, 'the log names what is missing');
});

/** Pings until the copies of a whole round are counted. */
async function untilCopies(directory: string, ping: () => void) {
  const deadline = performance.now() + LIMIT_MS;
  while (performance.now() < deadline) {
    const status = await readStatus(directory).catch(() => undefined);
    if (status !== undefined && sessionSum(status, 'mirrored') >= 2 * PINGS) return status;
    if (status?.lanes.every(({ state }) => state === 'capturing')) ping();
    await sleep(200);
  }
  return undefined;
}
