/** Targets that cannot be reached, each for its reason: told, counted, left again at once, and the others not touched. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Daemon } from '../../../lab/daemon.js';
import { joinByVeth, type Namespace } from '../../../lab/namespaces.js';
import type { SkipReason } from '../../../src/counters/skip-reason.js';
import type { Status } from '../../../src/status/status.js';
import type { TargetState } from '../../../src/targets/target-states.js';
import { checkSums, ringDroppedSum } from '../../fixtures/live/daemon/accounts.js';
import { EVERYWHERE } from '../../fixtures/live/daemon/configurations.js';
import { residentBytes } from '../../fixtures/live/daemon/processes.js';
import { buildStand, type Stand } from '../../fixtures/live/daemon/stand.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { deviceCounter, FLOWS, Load } from '../../fixtures/live/traffic/load.js';

const SICK = '10.9.0.2';
const SECOND = '10.9.0.3';
const SOUND = '10.8.0.2';
/** Nobody has it, at first. */
const ABSENT = '10.9.0.99';
const LOAD_RATE = 4000;
/** Source port of the load's first flow. */
const FIRST_PORT = 1024;
/** From the end of a fault to copies again: a second, and what a busy machine needs besides. */
const RECOVERY_LIMIT_MS = 2500;
const FAULT_LIMIT_MS = 8000;
const POLL_MS = 20;
/** At most: a test ends it. */
const LOAD_SECONDS = 60;
/** That a way which is down may be told by: the route, and the sends. Each once in ten seconds. */
const WORDED_REASONS = 3;
const MEMORY_LIMIT_BYTES = 20 << 20;
/** What a sick target would cost shows after a while. */
const SICK_MS = 2000;
/** Copies are routed for five seconds at first. */
const WARM_LIMIT_MS = 8000;
const WARM_INTERVAL_MS = 2000;
/** In such an interval. */
const WARM_GROWTH_BYTES = 1 << 20;

interface Fault {
  readonly name: string;
  readonly begin: (stand: Stand) => void;
  readonly end: (stand: Stand) => void;
  readonly state: TargetState;
  readonly reason: RegExp;
  /** What its copies count as. */
  readonly skipped?: SkipReason;
  readonly target?: string;
  /** Frames a second. */
  readonly rate?: number;
  /** Copies that leave straight to the device do not meet it. */
  readonly isForRouted?: boolean;
}

const firewall = (expression: string) => ({
  begin: ({ host }: Stand) =>
    void host.run(
      'nft',
      `add table inet wall; add chain inet wall out { type filter hook output priority 0; }; ` +
        `add rule inet wall out ${expression}`,
    ),
  end: ({ host }: Stand) => void host.run('nft', 'delete table inet wall'),
});

const shape = (...rate: string[]) => ({
  begin: ({ host }: Stand) => void host.run('tc', 'qdisc', 'add', 'dev', 'mir0', 'root', 'tbf', ...rate),
  end: ({ host }: Stand) => void host.run('tc', 'qdisc', 'del', 'dev', 'mir0', 'root'),
});

const FAULTS: readonly Fault[] = [
  {
    name: 'T1: no route',
    begin: ({ host }) => void host.ip('addr', 'del', '10.9.0.1/24', 'dev', 'mir0'),
    end: ({ host }) => void host.ip('addr', 'add', '10.9.0.1/24', 'dev', 'mir0'),
    state: 'unreachable',
    reason: /ENETUNREACH|no-route/,
    skipped: 'no-route',
  },
  {
    name: 'T1: the way out is down',
    begin: ({ host }) => void host.ip('link', 'set', 'mir0', 'down'),
    end: ({ host }) => void host.ip('link', 'set', 'mir0', 'up'),
    state: 'unreachable',
    reason: /ENETUNREACH|no-route/,
    skipped: 'no-route',
  },
  {
    name: 'T2: nobody has the address',
    target: ABSENT,
    begin: () => {},
    end: ({ ids }) => void ids.ip('addr', 'add', `${ABSENT}/24`, 'dev', 'ids0'),
    state: 'unreachable',
    reason: /next hop does not answer/,
    skipped: 'target-down',
  },
  {
    name: 'T3: the firewall forbids it',
    ...firewall(`ip daddr ${SICK} udp dport 4789 drop`),
    state: 'unreachable',
    reason: /^permission: /,
    skipped: 'permission',
    isForRouted: true,
  },
  {
    name: 'T4: the queue is full',
    ...shape('rate', '1mbit', 'burst', '3kb', 'limit', '3kb'),
    state: 'suspect',
    reason: /^buffers: /,
    skipped: 'buffers',
  },
  {
    name: 'T5: the queue is long',
    ...shape('rate', '64kbit', 'burst', '3kb', 'limit', '50mb'),
    // The send buffer holds some 20,000 of these small packets.
    rate: 20_000,
    state: 'suspect',
    reason: /^buffers: /,
    skipped: 'buffers',
  },
];

/** Half of the load's flows to one target, the rest to the other, on devices of their own. */
async function startWith(t: Test, target: string, emit = 'auto'): Promise<{ stand: Stand; daemon: Daemon }> {
  const stand = buildStand(t);
  const { host, ids } = stand;
  joinByVeth(
    { namespace: host, device: 'mir1', addresses: ['10.8.0.1/24'], mtu: 9000 },
    { namespace: ids, device: 'ids1', addresses: [`${SOUND}/24`], mtu: 9000 },
  );
  // A permanent entry would be gone with the device's address, and no other is needed: the targets answer ARP.
  host.ip('neigh', 'flush', 'dev', 'mir0', 'nud', 'permanent');
  swallowCopies(stand);
  const session = (sessionNumber: number, address: string) => ({
    trafficMirrorSessionId: `tms-${address}`,
    networkInterfaceId: 'veth0',
    trafficMirrorTargetId: `tmt-${address}`,
    trafficMirrorFilterId: `tmf-${sessionNumber}`,
    sessionNumber,
    virtualNetworkId: sessionNumber,
  });
  const filter = (number: number, more: object) => ({
    trafficMirrorFilterId: `tmf-${number}`,
    ingressFilterRules: [{ ruleNumber: 1, ruleAction: 'accept', protocol: 17, ...more, ...EVERYWHERE }],
  });
  const configFile = stand.configure({
    trafficMirrorTargets: [target, SOUND].map((address) => ({
      trafficMirrorTargetId: `tmt-${address}`,
      networkInterfaceId: address,
    })),
    trafficMirrorFilters: [filter(1, { sourcePortRange: { fromPort: 1024, toPort: 1055 } }), filter(2, {})],
    trafficMirrorSessions: [session(1, target), session(2, SOUND)],
    engine: { io: 'ring', emit },
  });
  return { stand, daemon: await stand.start(configFile) };
}

/** Counted by the device, and no port unreachable for them. */
function swallowCopies({ ids }: Stand): void {
  for (const device of ['ids0', 'ids1']) {
    const chain = `type filter hook ingress device ${device} priority 0;`;
    ids.run(
      'nft',
      `add table netdev ${device}; add chain netdev ${device} in { ${chain} }; ` +
        `add rule netdev ${device} in udp dport 4789 drop`,
    );
  }
}

async function endure(t: Test, fault: Fault): Promise<void> {
  const target = fault.target ?? SICK;
  const { stand, daemon } = await startWith(t, target, fault.isForRouted ? 'routed' : 'auto');
  const { ids } = stand;
  const soundBefore = deviceCounter(ids, 'ids1', 'rx_packets');
  const load = new Load(stand, LOAD_SECONDS, fault.rate ?? LOAD_RATE);
  await daemon.until('mirroring', (status) => sessionOf(status, SOUND).mirrored.packets > 0);
  const { pid, engines } = await daemon.status();
  const memoryBefore = await warmMemory(
    daemon,
    fault.isForRouted ? [] : [target, SOUND].filter((of) => of !== ABSENT),
  );

  fault.begin(stand);
  const seen = await until(daemon, FAULT_LIMIT_MS, (status) => {
    const { state, reason } = targetOf(status, target);
    const skipped = fault.skipped === undefined || skippedOf(status, target, fault.skipped) > 0;
    return state === fault.state && fault.reason.test(reason) && skipped;
  });
  t.equal(targetOf(seen, target).state, fault.state, 'state');
  t.match(targetOf(seen, target).reason, fault.reason, 'reason');
  if (fault.skipped !== undefined) {
    t.ok(skippedOf(seen, target, fault.skipped) > 0, `copies are skipped as ${fault.skipped}`);
  }
  t.equal(targetOf(seen, SOUND).state, 'reachable', 'the other target is reachable');
  await sleep(SICK_MS);
  const grownBytes = residentBytes(engines[0]!.pid!) - memoryBefore;
  t.ok(grownBytes < MEMORY_LIMIT_BYTES, `memory stays: ${grownBytes >> 10} KiB more`);

  const atEnd = deviceCounter(ids, 'ids0', 'rx_packets');
  fault.end(stand);
  const ended = performance.now();
  // More than what ARP and a queue still held.
  while (
    deviceCounter(ids, 'ids0', 'rx_packets') < atEnd + 200 &&
    performance.now() - ended < FAULT_LIMIT_MS
  ) {
    await sleep(POLL_MS);
  }
  const tookMs = performance.now() - ended;
  t.comment(`${fault.name}: copies again after ${Math.round(tookMs)} ms`);
  t.ok(tookMs < RECOVERY_LIMIT_MS, 'copies arrive again soon');
  const healed = await until(
    daemon,
    FAULT_LIMIT_MS,
    (status) => targetOf(status, target).state === 'reachable',
  );
  t.match(targetOf(healed, target), { state: 'reachable', reason: '' }, 'and the target is told reachable');

  load.stop();
  const settled = await settle(daemon);
  checkSums(t, settled, 'at the end');
  t.equal(ringDroppedSum(settled), 0, 'no frame waited for the sick target');
  const sound = sessionOf(settled, SOUND);
  t.same(sound.skipped, {}, 'the other target missed nothing');
  const others = deviceCounter(ids, 'ids1', 'rx_packets') - soundBefore;
  t.ok(others >= sound.mirrored.packets, 'what counts as mirrored arrived there');
  t.equal(settled.pid, pid);
  t.same(
    settled.engines.map((engine) => engine.restarts),
    [0],
    'the engine went on',
  );
  const lines = daemon
    .log()
    .split('\n')
    .filter((line) => line.includes('"target not reachable"'));
  t.ok(lines.length > 0 && lines.length <= 6, `logged in ${lines.length} lines`);
  t.equal(await daemon.stop(), 0, 'exit code');
}

/**
 * What the engine holds once copies to these targets go their lasting way, whose packet memory is there by then, and once
 * its compiled code and heap no longer grow: some seconds after its start.
 */
async function warmMemory(daemon: Daemon, addresses: readonly string[]): Promise<number> {
  const { engines } = await until(daemon, WARM_LIMIT_MS, (status) =>
    addresses.every((address) => targetOf(status, address).emission !== 'routed'),
  );
  const pid = engines[0]!.pid!;
  const deadline = performance.now() + WARM_LIMIT_MS;
  let last = 0;
  let now = residentBytes(pid);
  while (now - last > WARM_GROWTH_BYTES && performance.now() < deadline) {
    await sleep(WARM_INTERVAL_MS);
    last = now;
    now = residentBytes(pid);
  }
  return now;
}

/** Loss behind the engine is the way's, not the engine's: what left is mirrored, and nothing is sent twice. */
async function lose(t: Test): Promise<void> {
  const { stand, daemon } = await startWith(t, SICK);
  const { ids } = stand;
  ids.run(
    'nft',
    'flush chain netdev ids0 in; ' +
      'add rule netdev ids0 in udp dport 4789 numgen random mod 100 < 5 counter drop comment "lost"; ' +
      'add rule netdev ids0 in udp dport 4789 counter drop comment "arrived"',
  );
  const { sent } = await new Load(stand, 3, LOAD_RATE).end();
  const status = await until(daemon, FAULT_LIMIT_MS, (now) => mirroredSum(now) >= sent);
  const rules = ids.run('nft', 'list', 'chain', 'netdev', 'ids0', 'in').split('\n');
  const [lost = 0, arrived = 0] = ['lost', 'arrived'].map((comment) =>
    Number(/packets (\d+)/.exec(rules.find((line) => line.includes(`"${comment}"`)) ?? '')?.[1]),
  );
  const { mirrored, skipped } = sessionOf(status, SICK);
  t.ok(lost > 0 && arrived > 0, `${lost} of ${lost + arrived} lost`);
  t.equal(mirroredSum(status), sent, 'each frame is mirrored once');
  t.equal(lost + arrived, mirrored.packets, 'and its copy sent once');
  t.same(skipped, {}, 'the engine skipped none');
  checkSums(t, status, 'with loss');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** Two sick ones among ten, one forbidden and one that nobody has: the other eight do not notice. */
async function spareTheOthers(t: Test): Promise<void> {
  const sound = Array.from({ length: 8 }, (_, index) => `10.9.0.${3 + index}`);
  const addresses = [SICK, ABSENT, ...sound];
  const stand = buildStand(t, { targets: 1 + sound.length });
  countCopies(stand, sound);
  firewall(`ip daddr ${SICK} udp dport 4789 drop`).begin(stand);
  const flowsEach = Math.floor(FLOWS / addresses.length);
  const rulesOf = (index: number): object => ({
    trafficMirrorFilterId: `tmf-${index}`,
    ingressFilterRules: [
      {
        ruleNumber: 1,
        ruleAction: 'accept',
        protocol: 17,
        sourcePortRange: { fromPort: FIRST_PORT, toPort: FIRST_PORT + flowsEach * (index + 1) - 1 },
        ...EVERYWHERE,
      },
    ],
  });
  const configFile = stand.configure({
    trafficMirrorTargets: addresses.map((address) => ({
      trafficMirrorTargetId: `tmt-${address}`,
      networkInterfaceId: address,
    })),
    trafficMirrorFilters: addresses.map((_, index) => rulesOf(index)),
    trafficMirrorSessions: addresses.map((address, index) => ({
      trafficMirrorSessionId: `tms-${address}`,
      networkInterfaceId: 'veth0',
      trafficMirrorTargetId: `tmt-${address}`,
      trafficMirrorFilterId: `tmf-${index}`,
      sessionNumber: index + 1,
      virtualNetworkId: index,
    })),
    quotas: { sessionsPerNetworkInterface: addresses.length },
    engine: { io: 'ring' },
  });
  const daemon = await stand.start(configFile);
  const load = new Load(stand, LOAD_SECONDS, LOAD_RATE);
  await until(daemon, FAULT_LIMIT_MS, (status) => {
    return skippedOf(status, SICK, 'permission') > 0 && skippedOf(status, ABSENT, 'target-down') > 0;
  });
  load.stop();
  const status = await settle(daemon);
  for (const address of sound) {
    const { mirrored, skipped } = sessionOf(status, address);
    t.ok(mirrored.packets > 0, `${address}: copies`);
    t.same(skipped, {}, `${address}: none skipped`);
    t.equal(countedAt(stand, address), mirrored.packets, `${address}: all arrived`);
  }
  t.ok(skippedOf(status, SICK, 'permission') > 0, 'one is forbidden');
  t.ok(skippedOf(status, ABSENT, 'target-down') > 0, 'nobody has the other');
  t.equal(ringDroppedSum(status), 0, 'no frame waited for them');
  checkSums(t, status, 'at the end');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** A way that comes and goes every second. */
async function flap(t: Test): Promise<void> {
  const { stand, daemon } = await startWith(t, SICK);
  const load = new Load(stand, LOAD_SECONDS, LOAD_RATE);
  await daemon.until('mirroring', (status) => sessionOf(status, SOUND).mirrored.packets > 0);
  for (let time = 0; time < 4; time++) {
    stand.host.ip('link', 'set', 'mir0', 'down');
    await sleep(500);
    stand.host.ip('link', 'set', 'mir0', 'up');
    await sleep(500);
  }
  load.stop();
  const status = await settle(daemon);
  t.same(sessionOf(status, SOUND).skipped, {}, 'the other target missed nothing');
  t.ok(sessionOf(status, SOUND).mirrored.packets > 0);
  t.ok(skippedOf(status, SICK, 'no-route') > 0, 'this one did');
  checkSums(t, status, 'after the flaps');
  const lines = daemon
    .log()
    .split('\n')
    .filter((line) => line.includes('"target '));
  const limit = 2 + 2 * WORDED_REASONS;
  t.ok(lines.length <= limit, `${lines.length} lines of log for four flaps`);
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** A load balancer does without an address that is dead, and takes it back. */
async function balance(t: Test): Promise<void> {
  const stand = buildStand(t);
  const { ids } = stand;
  countCopies(stand, [SICK, ABSENT]);
  const configFile = stand.configure(balanced([SICK, ABSENT], {}));
  const daemon = await stand.start(configFile);
  const load = new Load(stand, LOAD_SECONDS, LOAD_RATE);
  await until(daemon, FAULT_LIMIT_MS, (status) => targetOf(status, ABSENT).state === 'unreachable');
  t.equal(targetOf(await daemon.status(), ABSENT).state, 'unreachable', 'nobody has one address');
  await sleep(1500);
  const before = await daemon.status();
  const arrived = countedAt(stand, SICK);
  await sleep(2000);
  const after = await daemon.status();
  const mirrored = mirroredSum(after) - mirroredSum(before);
  t.ok(mirrored > LOAD_RATE, `${mirrored} copies`);
  t.same(
    after.lanes[0]?.sessions[0]?.skipped,
    before.lanes[0]?.sessions[0]?.skipped,
    'none for the dead one',
  );
  t.ok(countedAt(stand, SICK) - arrived >= mirrored / 2, 'they go to the other');
  ids.ip('addr', 'add', `${ABSENT}/24`, 'dev', 'ids0');
  const added = performance.now();
  while (countedAt(stand, ABSENT) < 10 && performance.now() - added < FAULT_LIMIT_MS) await sleep(POLL_MS);
  const tookMs = performance.now() - added;
  t.comment(`taken back after ${Math.round(tookMs)} ms`);
  t.ok(tookMs < 2 * RECOVERY_LIMIT_MS, 'an address that is back is taken back');
  load.stop();
  checkSums(t, await settle(daemon), 'at the end');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** An address whose health check fails gets nothing, though it would take copies. */
async function checkHealth(t: Test): Promise<void> {
  const stand = buildStand(t, { targets: 2 });
  const { ids } = stand;
  countCopies(stand, [SICK, SECOND]);
  await serve(ids, SICK, 200);
  await serve(ids, SECOND, 500);
  const healthCheck = {
    protocol: 'HTTP',
    port: 8080,
    path: '/health',
    intervalSeconds: 1,
    timeoutSeconds: 1,
  };
  const daemon = await stand.start(stand.configure(balanced([SICK, SECOND], { healthCheck })));
  const load = new Load(stand, LOAD_SECONDS, LOAD_RATE);
  const failing = await until(daemon, FAULT_LIMIT_MS, (status) => {
    return targetOf(status, SICK).state === 'reachable' && targetOf(status, SECOND).state === 'unreachable';
  });
  t.match(targetOf(failing, SECOND), { state: 'unreachable', reason: 'its health check fails' });
  t.match(targetOf(failing, SICK), { state: 'reachable', reason: '' });
  await daemon.until('mirroring', (status) => mirroredSum(status) > 0);
  const before = [SICK, SECOND].map((address) => countedAt(stand, address));
  await sleep(1000);
  t.ok(countedAt(stand, SICK) - before[0]! > LOAD_RATE / 2, 'the healthy one gets copies');
  t.equal(countedAt(stand, SECOND), before[1], 'the other none');
  t.match(daemon.log(), '"reason":"status 500"', 'the log says why');
  ids.run('pkill', '-f', `${SECOND} 500`);
  await serve(ids, SECOND, 204);
  const served = performance.now();
  while (countedAt(stand, SECOND) === before[1] && performance.now() - served < FAULT_LIMIT_MS)
    await sleep(POLL_MS);
  t.comment(`taken back after ${Math.round(performance.now() - served)} ms`);
  t.ok(countedAt(stand, SECOND) > before[1]!, 'until it is healthy');
  load.stop();
  checkSums(t, await settle(daemon), 'at the end');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** A web server that answers with one status; it ends with its namespace. Resolves when it listens. */
async function serve(namespace: Namespace, address: string, status: number): Promise<void> {
  const script = `
    const [address, status] = process.argv.slice(1);
    require('http').createServer((request, response) => {
      response.statusCode = request.url === '/health' ? Number(status) : 404;
      response.end();
    }).listen(8080, address, () => console.log('ready'));`;
  const server = namespace.spawn(process.execPath, ['-e', script, address, `${status}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout!, 'data');
}

/** One session whose target is a load balancer. */
function balanced(targets: readonly string[], more: object): object {
  return {
    networkLoadBalancers: [{ networkLoadBalancerArn: 'nlb', targets, ...more }],
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt', networkLoadBalancerArn: 'nlb' }],
    trafficMirrorFilters: [
      {
        trafficMirrorFilterId: 'tmf',
        ingressFilterRules: [{ ruleNumber: 1, ruleAction: 'accept', protocol: 17, ...EVERYWHERE }],
      },
    ],
    trafficMirrorSessions: [
      {
        trafficMirrorSessionId: 'tms',
        networkInterfaceId: 'veth0',
        trafficMirrorTargetId: 'tmt',
        trafficMirrorFilterId: 'tmf',
        sessionNumber: 1,
        virtualNetworkId: 7,
      },
    ],
    engine: { io: 'ring' },
  };
}

/**
 * Counters by address of what comes for port 4789, empty datagrams apart. All of it is then dropped: a refused probe
 * would speak against an address that takes copies.
 */
function countCopies({ ids }: Stand, addresses: readonly string[]): void {
  const rules = addresses.map(
    (address) =>
      `add rule netdev count in ip daddr ${address} udp dport 4789 udp length gt 8 counter drop comment "${address}"`,
  );
  rules.push('add rule netdev count in udp dport 4789 drop');
  ids.run(
    'nft',
    `add table netdev count; add chain netdev count in { type filter hook ingress device ids0 priority 0; }; ` +
      rules.join('; '),
  );
}

function countedAt({ ids }: Stand, address: string): number {
  const rules = ids.run('nft', 'list', 'table', 'netdev', 'count').split('\n');
  const rule = rules.find((line) => line.includes(`"${address}"`)) ?? '';
  return Number(/packets (\d+)/.exec(rule)?.[1]);
}

function targetOf({ targets }: Status, address: string): Status['targets'][number] {
  const target = targets.find((candidate) => candidate.address === address);
  if (target === undefined) throw new Error(`no target ${address} in ${JSON.stringify(targets)}`);
  return target;
}

function sessionOf({ lanes }: Status, address: string): Status['lanes'][number]['sessions'][number] {
  const sessions = lanes.flatMap((lane) => lane.sessions);
  return sessions.find(({ sessionId }) => sessionId === `tms-${address}`)!;
}

function skippedOf(status: Status, address: string, reason: SkipReason): number {
  return sessionOf(status, address).skipped[reason]?.packets ?? 0;
}

function mirroredSum({ lanes }: Status): number {
  return lanes.flatMap((lane) => lane.sessions).reduce((sum, { mirrored }) => sum + mirrored.packets, 0);
}

/** The first status that is so, or the last one before the time is over. */
async function until(daemon: Daemon, limitMs: number, isSo: (status: Status) => boolean): Promise<Status> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const status = await daemon.status();
    if (isSo(status) || performance.now() > deadline) return status;
    await sleep(POLL_MS);
  }
}

/** Counters cross from engine to daemon once a second. */
async function settle(daemon: Daemon): Promise<Status> {
  await sleep(1500);
  return daemon.status();
}

const skip = skipUnless('nft', 'tc');
for (const fault of FAULTS) t.test(fault.name, { skip }, (t) => endure(t, fault));
t.test('T6: some copies are lost on the way', { skip }, lose);
t.test('T7: the way comes and goes', { skip }, flap);
t.test('T8: two of ten targets are sick', { skip }, spareTheOthers);
t.test('behind a load balancer', { skip }, balance);
t.test('behind a load balancer, with health checks', { skip: skip || skipUnless('pkill') }, checkHealth);
