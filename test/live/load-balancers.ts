/**
 * Listeners and zones of load balancers with receivers that listen: copies stay in the zone of the source, a listener that a
 * reload takes away or adds has its effect at once, and the other session does not notice.
 */
import t, { type Test } from 'tap';
import type { Daemon } from '../../lab/daemon.js';
import type { SessionStatus, Status } from '../../src/status/status.js';
import { checkSums, readSum, ringDroppedSum } from '../fixtures/live/daemon/accounts.js';
import { trafficMirror } from '../fixtures/live/daemon/command.js';
import { EVERYWHERE } from '../fixtures/live/daemon/configurations.js';
import { askMetrics, METRICS_LISTEN } from '../fixtures/live/daemon/metrics-page.js';
import { Receiving } from '../fixtures/live/daemon/receiving.js';
import { reload } from '../fixtures/live/daemon/reloading.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { FLOWS, Load } from '../fixtures/live/traffic/load.js';

const ZONE_A = ['10.9.0.2', '10.9.0.3'] as const;
const ZONE_B = '10.9.0.4';
/** Of the other session. */
const OTHER = '10.9.0.5';
/** At most: a test ends it. */
const LOAD_SECONDS = 90;
const LOAD_RATE = 1000;
/** As many as the load sends in half a second. */
const SOME = LOAD_RATE / 2;
const FIRST_PORT = 1024;
const UDP = { protocol: 'UDP', port: 4789 };

interface Balancer {
  readonly crossZone?: boolean;
  readonly listeners?: readonly object[];
}

/** Half of the load's flows for the load balancer, the others for an interface. */
function sectionsOf(balancer: Balancer): object {
  const middle = FIRST_PORT + FLOWS / 2;
  const filter = (name: string, fromPort: number, toPort: number) => ({
    trafficMirrorFilterId: name,
    ingressFilterRules: [
      {
        ruleNumber: 1,
        ruleAction: 'accept',
        protocol: 17,
        sourcePortRange: { fromPort, toPort },
        ...EVERYWHERE,
      },
    ],
  });
  const session = (name: string, sessionNumber: number) => ({
    trafficMirrorSessionId: `tms-${name}`,
    networkInterfaceId: 'eni-web',
    trafficMirrorTargetId: `tmt-${name}`,
    trafficMirrorFilterId: `tmf-${name}`,
    sessionNumber,
    virtualNetworkId: sessionNumber,
  });
  return {
    networkInterfaces: [{ networkInterfaceId: 'eni-web', device: 'veth0', availabilityZone: 'a' }],
    networkLoadBalancers: [
      {
        networkLoadBalancerArn: 'nlb-ids',
        targets: [
          ...ZONE_A.map((address) => ({ address, availabilityZone: 'a' })),
          { address: ZONE_B, availabilityZone: 'b' },
        ],
        ...balancer,
      },
    ],
    trafficMirrorTargets: [
      { trafficMirrorTargetId: 'tmt-pool', networkLoadBalancerArn: 'nlb-ids' },
      { trafficMirrorTargetId: 'tmt-other', networkInterfaceId: OTHER },
    ],
    trafficMirrorFilters: [
      filter('tmf-pool', FIRST_PORT, middle - 1),
      filter('tmf-other', middle, FIRST_PORT + FLOWS - 1),
    ],
    trafficMirrorSessions: [session('pool', 1), session('other', 2)],
    engine: { io: 'ring', emit: 'routed' },
    metrics: { listen: METRICS_LISTEN },
  };
}

class Receivers {
  readonly #all: ReadonlyMap<string, Receiving>;

  private constructor(all: ReadonlyMap<string, Receiving>) {
    this.#all = all;
  }

  static async start(t: Test, { ids }: Stand): Promise<Receivers> {
    const all = new Map<string, Receiving>();
    for (const address of [...ZONE_A, ZONE_B, OTHER]) {
      const receiving = await Receiving.start(ids, { args: ['--listen', address] });
      t.teardown(() => void receiving.process.kill('SIGKILL'));
      all.set(address, receiving);
    }
    return new Receivers(all);
  }

  /** Frames that came to an address. */
  async at(address: string): Promise<number> {
    const report = await this.#all.get(address)?.report();
    return report?.received.packets ?? 0;
  }

  async atAll(addresses: readonly string[]): Promise<number> {
    let sum = 0;
    for (const address of addresses) sum += await this.at(address);
    return sum;
  }

  /** Waits until more frames have come to the address. */
  async untilMore(address: string, more = SOME): Promise<void> {
    const before = await this.at(address);
    await waitFor(
      `more frames at ${address}`,
      () => this.at(address),
      (now) => now > before + more,
      100,
    );
  }
}

function sessionOf({ sessions }: Status, name: string): SessionStatus {
  const found = sessions.find(({ sessionId }) => sessionId === `tms-${name}`);
  if (found === undefined) throw new Error(`no session ${name}: ${JSON.stringify(sessions)}`);
  return found;
}

async function reloadWith(t: Test, stand: Stand, daemon: Daemon, balancer: Balancer): Promise<Status> {
  stand.configure(sectionsOf(balancer));
  const status = await reload(daemon);
  t.equal(status.reload.lastResult, 'applied', status.reload.problems.join());
  return status;
}

/** Lines with a message. Of equal ones within ten seconds some are left out, and told as suppressed at the end. */
function changesIn(daemon: Daemon, message: string): number {
  return linesOf(daemon, message)
    .map((line) => (JSON.parse(line) as { suppressed?: number }).suppressed ?? 0)
    .reduce((sum, suppressed) => sum + 1 + suppressed, 0);
}

function linesOf(daemon: Daemon, message: string): string[] {
  return daemon
    .log()
    .split('\n')
    .filter((line) => line.includes(`"${message}"`));
}

t.test('listeners', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t, { targets: 4 });
  const receivers = await Receivers.start(t, stand);
  const inZone = { crossZone: false };
  const daemon = await stand.start(stand.configure(sectionsOf(inZone)));
  const active = await daemon.until('active', (status) => sessionOf(status, 'pool').active === true);
  const { since } = sessionOf(active, 'other');
  const engine = active.engines[0]?.pid;
  const load = new Load(stand, LOAD_SECONDS, LOAD_RATE, 'received', 5);
  for (const address of [...ZONE_A, OTHER]) await receivers.untilMore(address, SOME / 4);
  t.equal(await receivers.at(ZONE_B), 0, 'nothing leaves the zone');

  for (const listeners of [[], [{ protocol: 'TCP', port: 4789 }]]) {
    const without = await reloadWith(t, stand, daemon, { ...inZone, listeners });
    const pool = sessionOf(without, 'pool');
    t.match(pool, {
      active: false,
      cause: 'listener',
      reason: 'load balancer "nlb-ids" has no UDP listener on port 4789',
      targetAddresses: [],
    });
    t.match(sessionOf(without, 'other'), { active: true, since });
    t.match(without.loadBalancers, [
      { targets: [{ targetId: 'tmt-pool', active: false, reason: pool.reason }] },
    ]);
    t.match(without.health, {
      state: 'ok',
      notes: [`session tms-pool is inactive: ${pool.reason}`],
    });
    const { body } = askMetrics(stand, '/metrics');
    for (const sample of [
      'traffic_mirror_session_state{session="tms-pool",source="eni-web",target="tmt-pool",state="inactive"} 1',
      'traffic_mirror_session_inactive{session="tms-pool",cause="listener"} 1',
      'traffic_mirror_load_balancer_target_active{load_balancer="nlb-ids",target="tmt-pool"} 0',
      'traffic_mirror_load_balancer_addresses{load_balancer="nlb-ids",availability_zone="a",state="healthy"} 2',
    ]) {
      t.ok(body.includes(`${sample}\n`), sample);
    }
    // What was sent before has arrived by the time that the other session has much more.
    await receivers.untilMore(OTHER);
    const before = await receivers.atAll(ZONE_A);
    await receivers.untilMore(OTHER);
    t.equal(await receivers.atAll(ZONE_A), before, 'without a listener nothing is sent');
    const text = trafficMirror('status', '--config', `${stand.directory}/configuration.json`);
    t.match(
      text.stdout,
      /^session tms-pool \(eni-web, number 1, to tmt-pool\) {2}inactive since .*: load balancer/m,
    );
    t.match(text.stdout, /^target tmt-pool {2}inactive: load balancer/m);
    t.match(text.stdout, /^session tms-other .* active since /m);

    const again = await reloadWith(t, stand, daemon, { ...inZone, listeners: [UDP] });
    t.match(sessionOf(again, 'pool'), { active: true, cause: '', reason: '' });
    t.ok(sessionOf(again, 'pool').since! > pool.since!, 'since the listener is there');
    for (const address of ZONE_A) await receivers.untilMore(address, SOME / 4);
  }

  t.equal(await receivers.at(ZONE_B), 0, 'nothing has left the zone');
  load.stop();
  const settled = await waitFor('nothing moves', daemon.status, stillness(), 400);
  t.match(sessionOf(settled, 'other'), { active: true, since }, 'the other session went on');
  t.equal(settled.engines[0]?.pid, engine, 'and the engine');
  t.same(
    settled.lanes.map(({ timesLost }) => timesLost),
    settled.lanes.map(() => 0),
  );
  t.equal(ringDroppedSum(settled), 0, 'no frame is lost');
  checkSums(t, settled, 'after the reloads');
  const other = settled.lanes[0]?.sessions.find(({ sessionId }) => sessionId === 'tms-other');
  t.same(other?.skipped, {});
  t.equal(other?.matched.packets, other?.mirrored.packets);
  t.equal(await receivers.at(OTHER), other?.mirrored.packets, 'every copy of the other session arrived');
  t.equal(await daemon.stop(), 0, 'exit code');
  t.equal(changesIn(daemon, 'session inactive'), 2, 'each change is logged');
  t.equal(changesIn(daemon, 'session active'), 4);
});

/** True when two looks saw the same. */
function stillness(): (status: Status) => boolean {
  let before = -1;
  return (status) => {
    const now = readSum(status);
    const isStill = now === before;
    before = now;
    return isStill;
  };
}

t.test('zones', { skip: skipUnless('nft') }, async (t) => {
  const stand = buildStand(t, { targets: 4 });
  const receivers = await Receivers.start(t, stand);
  const daemon = await stand.start(stand.configure(sectionsOf({ crossZone: false })));
  await daemon.until('active', (status) => sessionOf(status, 'pool').active === true);
  const load = new Load(stand, LOAD_SECONDS, LOAD_RATE, 'received', 5);
  await receivers.untilMore(OTHER);

  for (const [index, address] of ZONE_A.entries()) {
    const wall = `wall${index}`;
    stand.host.run(
      'nft',
      `add table inet ${wall}; add chain inet ${wall} out { type filter hook output priority 0; }; ` +
        `add rule inet ${wall} out ip daddr ${address} udp dport 4789 drop`,
    );
    await daemon.until(`${address} is dead`, ({ targets }) =>
      targets.some((target) => target.address === address && target.state === 'unreachable'),
    );
    if (index > 0) continue;
    t.match(sessionOf(await daemon.status(), 'pool'), { active: true }, 'one of the zone is left');
    await receivers.untilMore(ZONE_A[1]);
    t.equal(await receivers.at(ZONE_B), 0, 'its flows move within the zone');
  }
  const dead = await daemon.until('inactive', (status) => sessionOf(status, 'pool').active === false);
  t.match(sessionOf(dead, 'pool'), {
    cause: 'target',
    reason: /^target tmt-pool: none of the 2 addresses can be reached, first 10\.9\.0\.2: permission/,
  });
  t.match(sessionOf(dead, 'other'), { active: true });
  t.match(dead.loadBalancers, [
    {
      crossZone: false,
      zones: [
        { availabilityZone: 'a', addresses: 2, healthy: 0 },
        { availabilityZone: 'b', addresses: 1, healthy: 1 },
      ],
    },
  ]);
  await receivers.untilMore(OTHER);
  t.equal(await receivers.at(ZONE_B), 0, 'without cross-zone nothing goes to the other zone');

  await reloadWith(t, stand, daemon, { crossZone: true });
  await daemon.until('active again', (status) => sessionOf(status, 'pool').active === true);
  await receivers.untilMore(ZONE_B);
  await reloadWith(t, stand, daemon, { crossZone: false });
  await daemon.until('inactive again', (status) => sessionOf(status, 'pool').active === false);
  for (const index of ZONE_A.keys()) stand.host.run('nft', `delete table inet wall${index}`);
  await daemon.until('active in its zone', (status) => sessionOf(status, 'pool').active === true);
  for (const address of ZONE_A) await receivers.untilMore(address, SOME / 4);
  load.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
});

t.test('a device that goes, and an engine', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t, { targets: 4 });
  const daemon = await stand.start(stand.configure(sectionsOf({})));
  const first = await daemon.until('active', ({ sessions }) => sessions.every(({ active }) => active));
  stand.host.ip('link', 'set', 'veth0', 'down');
  const down = await daemon.until('inactive', ({ sessions }) => sessions.every(({ active }) => !active));
  for (const name of ['pool', 'other']) {
    t.match(sessionOf(down, name), {
      cause: 'source',
      reason: 'source eni-web ingress: device veth0 is down',
    });
    t.ok(sessionOf(down, name).since! > sessionOf(first, name).since!);
  }
  stand.host.ip('link', 'set', 'veth0', 'up');
  await daemon.until('active again', ({ sessions }) => sessions.every(({ active }) => active));
  process.kill(first.engines[0]!.pid!, 'SIGKILL');
  await waitFor(
    'the end of the engine is told',
    () => linesOf(daemon, 'session inactive').filter((line) => line.includes('engine ended')),
    ({ length }) => length > 0,
  );
  await daemon.until(
    'active with another engine',
    ({ sessions, engines }) => sessions.every(({ active }) => active) && engines[0]?.restarts === 1,
  );
  t.equal(await daemon.stop(), 0, 'exit code');
  t.equal(changesIn(daemon, 'session active'), 6);
  t.equal(changesIn(daemon, 'session inactive'), 4);
});
