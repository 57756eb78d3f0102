/** A reload adds sources in namespaces that the running engine could not open itself: nothing of the others is lost. */
import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { capturing } from '../../lab/daemon.js';
import { checkSums, laneOf, ringDroppedSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { survivorsOf } from '../fixtures/live/daemon/processes.js';
import { reload } from '../fixtures/live/daemon/reloading.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { deviceCounter, Load } from '../fixtures/live/traffic/load.js';

const LOAD_RATE = 5000;
const LOAD_SECONDS = 6;
const PINGS = 3;

interface Sections {
  readonly networkInterfaces: readonly object[];
  readonly trafficMirrorSessions: readonly object[];
}

/** Paths of the client's namespace. */
function pathsOf(t: Test, { client, directory }: Stand): { pid: number; paths: string[] } {
  const process = client.spawn('sleep', ['120']);
  t.teardown(() => process.kill('SIGKILL'));
  const ofProcess = `/proc/${process.pid}/ns/net`;
  const link = `${directory}/link`;
  symlinkSync(ofProcess, link);
  const mounted = `${directory}/mounted`;
  writeFileSync(mounted, '');
  execFileSync('mount', ['--bind', `/run/netns/${client.name}`, mounted]);
  t.teardown(() => execFileSync('umount', [mounted]));
  return { pid: process.pid!, paths: [ofProcess, link, mounted, `/run/netns/${client.name}`] };
}

t.test('under load', { skip: skipUnless('nft', 'mount', 'umount', 'ping') }, async (t) => {
  const stand = buildStand(t, { silentTarget: true });
  const one = mirrorEverything('veth0', 5) as Sections;
  // What is mounted later the daemon may not see: it has mounts of its own.
  const { pid, paths } = pathsOf(t, stand);
  const daemon = await stand.start(stand.configure(one));
  const before = await daemon.status();
  t.match(before.engineConfinement.landlock, /^abi /);
  const load = new Load(stand, LOAD_SECONDS, LOAD_RATE);
  await waitFor(
    'load',
    () => deviceCounter(stand.host, 'veth0', 'rx_packets'),
    (frames) => frames >= LOAD_RATE / 10,
  );
  // One after the other: each time, the plan grows by a namespace.
  for (let count = 1; count <= paths.length; count++) {
    const more = paths
      .slice(0, count)
      .map((netns, index) => ({ id: `eni-${index}`, netns, number: 100 + index }));
    stand.configure({
      ...one,
      networkInterfaces: [
        ...one.networkInterfaces,
        ...more.map(({ id, netns }) => ({ networkInterfaceId: id, device: `veth1`, netns })),
      ],
      trafficMirrorSessions: [
        ...one.trafficMirrorSessions,
        ...more.map(({ id, number }) => ({
          ...one.trafficMirrorSessions[0],
          trafficMirrorSessionId: `tms-${id}`,
          networkInterfaceId: id,
          virtualNetworkId: number,
        })),
      ],
    });
    const { reload: outcome } = await reload(daemon);
    t.strictSame([outcome.lastResult, outcome.problems], ['applied', []], paths[count - 1]);
    const status = await daemon.until('every source captured', capturing);
    t.equal(status.lanes.length, 2 + 2 * count);
  }
  t.ok(deviceCounter(stand.host, 'veth0', 'rx_packets') < LOAD_RATE * LOAD_SECONDS, 'all of it under load');
  const { sent } = await load.end();
  const after = await daemon.until(
    'every frame read',
    (now) => laneOf(now, 'ingress', 'eni-source').read.packets + ringDroppedSum(now) >= sent,
  );
  const { read, sessions } = laneOf(after, 'ingress', 'eni-source');
  t.strictSame(
    [read.packets, sessions[0]!.mirrored.packets, ringDroppedSum(after)],
    [sent, sent, 0],
    'no frame of the first source is lost',
  );
  t.match(after.engines, [{ pid: before.engines[0]!.pid, restarts: 0 }], 'the engine is the same');
  checkSums(t, after, 'after it');
  // The generator goes past what taps of its own device see.
  stand.client.run('ping', '-c', String(PINGS), '-i', '0.2', '10.1.0.1');
  const pinged = await daemon.until('every ping captured', (now) =>
    [...paths.keys()].every((index) => laneOf(now, 'egress', `eni-${index}`).read.packets >= PINGS),
  );
  t.equal(
    laneOf(pinged, 'egress', 'eni-0').sessions[0]!.mirrored.packets,
    PINGS,
    'and the new sources are mirrored',
  );

  process.kill(pid, 'SIGKILL');
  t.strictSame(await survivorsOf([pid]), []);
  const waiting = await daemon.until(
    'its end seen',
    (now) => laneOf(now, 'egress', 'eni-0').state === 'waiting',
  );
  t.equal(laneOf(waiting, 'egress', 'eni-0').reason, `network namespace ${paths[0]} does not exist`);
  t.equal(laneOf(waiting, 'egress', 'eni-2').state, 'capturing', 'of the other paths nothing changes');
  t.equal(await daemon.stop(), 0, 'exit code');
});
