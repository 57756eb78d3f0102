/** Containers of Debian's containerd by selector: each mirrored under its own session, and none left. */
import { existsSync } from 'node:fs';
import t from 'tap';
import { capturing } from '../../lab/daemon.js';
import type { Status } from '../../src/status/status.js';
import { checkSums, laneOf } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { Containerd } from '../fixtures/live/network/containerd.js';
import { addDevice, speak } from '../fixtures/live/network/pods.js';
import { skipUnless } from '../fixtures/live/requirements.js';

const CONTAINERS = 50;
/** The others have the label too, with another value. */
const OTHERS = 2;
const FRAMES = 3;
/** Each container is some processes, on a machine that does much else. */
const TIMEOUT_MS = 900_000;

interface Sections {
  readonly trafficMirrorSessions: readonly object[];
}

function found({ sources }: Status): string[] {
  return sources.map(({ sourceId }) => sourceId).filter((id) => id !== 'eni-source');
}

const skip =
  skipUnless('containerd', 'ctr', 'runc', 'nsenter', 'ping') ||
  (!existsSync('/bin/busybox') && 'not installed: busybox-static');

t.test(`${CONTAINERS} containers started and stopped`, { skip, timeout: TIMEOUT_MS }, async (t) => {
  const containerd = await Containerd.start(t);
  const stand = buildStand(t);
  const one = mirrorEverything('veth0', 5) as Sections;
  const daemon = await stand.start(
    stand.configure({
      ...one,
      containers: { runc: containerd.runcState },
      networkInterfaceSelectors: [{ selectorId: 'web', containerLabel: `app=web-${process.pid}-*` }],
      trafficMirrorSessions: [
        ...one.trafficMirrorSessions,
        {
          ...one.trafficMirrorSessions[0],
          trafficMirrorSessionId: 'tms-web',
          networkInterfaceId: 'web',
          virtualNetworkId: undefined,
        },
      ],
    }),
  );
  const first = await daemon.status();
  const ids = Array.from({ length: CONTAINERS }, (_, index) => `c${index}`);
  const others = Array.from({ length: OTHERS }, (_, index) => `other${index}`);
  const entered = await containerd.run([
    ...ids.map((id) => [id, `app=web-${process.pid}-${id}`] as const),
    ...others.map((id) => [id, `app=db-${process.pid}`] as const),
  ]);
  for (const enter of entered) addDevice(enter, 'eth0');
  const inside = entered.slice(0, CONTAINERS);
  // Both ends of the pair are in the container.
  const all = await daemon.until(
    'all found',
    (now) => found(now).length === 2 * CONTAINERS && capturing(now),
  );
  t.equal(new Set(all.sessions.map((session) => session.virtualNetworkId)).size, 2 * CONTAINERS + 1);
  for (const enter of inside) speak(enter, FRAMES);
  const outer = (now: Status): string[] =>
    now.sources
      .filter(({ sourceId, device }) => sourceId !== 'eni-source' && device === 'eth0')
      .map(({ sourceId }) => sourceId);
  const counted = await daemon.until('all mirrored', (now) =>
    outer(now).every((id) => laneOf(now, 'egress', id).sessions[0]!.mirrored.packets === FRAMES),
  );
  t.equal(outer(counted).length, CONTAINERS);
  checkSums(t, counted, 'with all of them');
  containerd.remove('c0');
  await daemon.until('one gone', (now) => found(now).length === 2 * CONTAINERS - 2);
  for (const id of ids.slice(1)) containerd.remove(id);
  const last = await daemon.until('none left', (now) => found(now).length === 0);
  t.strictSame(last.removedLanes, []);
  t.match(last.selectors, [{ selectorId: 'web', matches: 0, leftOut: 0, reason: '' }]);
  t.match(last.engines, [{ pid: first.engines[0]!.pid, restarts: 0 }], 'the engine is the same');
  t.equal(await daemon.stop(), 0);
});
