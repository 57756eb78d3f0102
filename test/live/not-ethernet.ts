/** A device whose frames have no Ethernet header is not captured, and the status says so. */
import t, { type Test } from 'tap';
import { startDaemon } from '../../lab/daemon.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';

async function waitForAnother(t: Test, io: IoPath): Promise<void> {
  const { host, directory, configure } = buildStand(t);
  host.ip('tuntap', 'add', 'tun0', 'mode', 'tun');
  host.ip('link', 'set', 'tun0', 'up');
  const configFile = configure({ ...mirrorEverything('tun0', 5), engine: ENGINES[io] });
  const daemon = await startDaemon(host, configFile, directory);
  const { lanes, health } = await daemon.until(
    'lanes that say why they wait',
    ({ lanes }) =>
      lanes.length > 0 &&
      lanes.every(({ state, reason }) => state === 'waiting' && reason.startsWith('device')),
  );
  for (const { reason } of lanes) t.match(reason, /^device tun0.*not Ethernet$/);
  t.equal(health.state, 'failing');
  t.equal(await daemon.stop(), 0, 'exit code');
}

for (const io of IO_PATHS) {
  t.test(io, { skip: skipUnless() || skipIo(io) }, (t) => waitForAnother(t, io));
}
