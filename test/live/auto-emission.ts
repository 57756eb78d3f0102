/**
 * `engine.emit: auto`: copies leave straight to the device while nobody else needs it, and by the kernel's routes while
 * somebody does. No copy is lost when they go over, and `status` says which way and why.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Daemon } from '../../lab/daemon.js';
import { SHAPERS } from '../../lab/shared-link.js';
import type { Status } from '../../src/status/status.js';
import { checkSums, sessionSum, skippedSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { Load } from '../fixtures/live/traffic/load.js';

const VNI = 5;
const TARGET = '10.9.0.2';
const NEIGHBOUR = '10.9.0.3';
const MARK = '0x746d6972';
const TABLE = '100';
const LOAD_SECONDS = 2;
const PACKETS_PER_SECOND = 5000;
const PAUSE_MS = 2;
/** Longer than it takes until the next round of copies is routed. */
const CONFIRMED_MS = 6000;
/** Two per cent of what a veth calls its speed, 10 Gbit/s. */
const OTHERS = ['--udp', '--bitrate', '200M', '--length', '8000', '--time', '3'];

const isDirect = ({ targets: [target] }: Status): boolean => target?.emission === 'xdp';
const isPastQueues = ({ targets: [target] }: Status): boolean =>
  target?.emission === 'xdp' || target?.emission === 'packet-socket';
const isRouted =
  (reason: RegExp) =>
  ({ targets: [target] }: Status): boolean =>
    target?.emission === 'routed' && reason.test(target.emissionReason);

/** Copies are counted and dropped where they arrive: no answers, and no cost. */
function countCopies({ ids }: Stand): void {
  const chain = 'type filter hook ingress device ids0 priority 0; policy accept;';
  ids.run(
    'nft',
    `add table netdev copies; add chain netdev copies ingress { ${chain} }; ` +
      'add rule netdev copies ingress udp dport 4789 counter drop',
  );
}

function arrived({ ids }: Stand): number {
  const listed = ids.run('nft', 'list', 'chain', 'netdev', 'copies', 'ingress');
  return Number(/packets (\d+)/.exec(listed)?.[1]);
}

interface Running {
  readonly stand: Stand;
  readonly daemon: Daemon;
}

/** Sends until `act` is done, and checks that every frame has become a copy that arrived. */
async function underLoad(t: Test, { stand, daemon }: Running, act: () => Promise<unknown>): Promise<void> {
  const before = await daemon.status();
  const arrivedBefore = arrived(stand);
  let isOver = false;
  const acted = act().finally(() => {
    isOver = true;
  });
  let sent = 0;
  do {
    const { sent: more } = await new Load(
      stand,
      LOAD_SECONDS,
      PACKETS_PER_SECOND,
      'received',
      PAUSE_MS,
    ).end();
    sent += more;
  } while (!isOver);
  await acted;
  const wanted = sessionSum(before, 'matched') + sent;
  const after = await daemon.until('all matched', (status) => sessionSum(status, 'matched') >= wanted);
  t.ok(sent > PACKETS_PER_SECOND, `${sent} frames`);
  t.equal(sessionSum(after, 'matched'), wanted, 'every frame matched');
  t.equal(sessionSum(after, 'mirrored') - sessionSum(before, 'mirrored'), sent, 'and is mirrored');
  t.equal(arrived(stand) - arrivedBefore, sent, 'and has arrived');
  checkSums(t, after, 'accounting');
}

t.test('auto', { skip: skipUnless('tc', 'nft', 'iperf3') }, async (t) => {
  const stand = buildStand(t, { targets: 2 });
  const { host, ids } = stand;
  countCopies(stand);
  const configuration = { ...mirrorEverything('veth0', VNI), engine: { io: 'ring' } };
  const daemon = await stand.start(stand.configure(configuration));
  const running = { stand, daemon };
  const until = (what: string, satisfied: (status: Status) => boolean) => daemon.until(what, satisfied);
  const backAgain = () => until('direct again', isPastQueues);
  /** Copies are routed while something stands in the way, and direct once it is gone. */
  const routedWhile = async (
    t: Test,
    reason: RegExp,
    put: () => Promise<unknown>,
    take: () => Promise<unknown>,
  ): Promise<void> =>
    underLoad(t, running, async () => {
      await put();
      await until(`routed: ${reason}`, isRouted(reason));
      await take();
      await backAgain();
    });

  t.test('a quiet device', async (t) => {
    await until('others not known yet', isRouted(/what others send by mir0 is not known yet/));
    await underLoad(t, running, () => until('direct, by AF_XDP', isDirect));
    const { targets } = await daemon.status();
    t.match(targets, [{ address: TARGET, emission: 'xdp', emissionReason: '' }]);
  });

  /** Taken away without load: what waits in a queue is gone with it, and for a moment the kernel drops what is routed. */
  const routedOnce = async (t: Test, reason: RegExp, put: () => void, take: () => void): Promise<void> => {
    await underLoad(t, running, async () => {
      put();
      await until(`routed: ${reason}`, isRouted(reason));
    });
    take();
    await underLoad(t, running, backAgain);
  };

  for (const [shaper, commands] of Object.entries(SHAPERS)) {
    t.test(`a queue is put there: ${shaper}`, async (t) =>
      routedOnce(
        t,
        /the queue of mir0, (tbf|htb), is not the kernel's own choice/,
        () => {
          for (const words of commands) host.run('tc', ...words);
        },
        () => host.run('tc', 'qdisc', 'del', 'dev', 'mir0', 'root'),
      ),
    );
  }

  t.test('filters are put there', async (t) =>
    routedOnce(
      t,
      /mir0 has filters \(clsact\)/,
      () => host.run('tc', 'qdisc', 'add', 'dev', 'mir0', 'clsact'),
      () => host.run('tc', 'qdisc', 'del', 'dev', 'mir0', 'clsact'),
    ),
  );

  t.test('a rule has marked packets take another way', async (t) => {
    host.ip('route', 'add', TARGET, 'via', NEIGHBOUR, 'dev', 'mir0', 'table', TABLE);
    await routedWhile(
      t,
      /a routing rule/,
      async () => host.ip('rule', 'add', 'fwmark', MARK, 'table', TABLE),
      async () => host.ip('rule', 'del', 'fwmark', MARK, 'table', TABLE),
    );
  });

  t.test('IPsec wants the packets', { skip: skipIpsec(host) }, async (t) => {
    const tunnel = ['tmpl', 'src', '10.9.0.1', 'dst', TARGET, 'proto', 'esp', 'mode', 'tunnel'];
    // Copies that are routed have no ports when the kernel looks for a policy: they leave all the same.
    const policy = ['src', '10.9.0.1/32', 'dst', `${TARGET}/32`, 'proto', 'udp', 'dport', '4789'];
    await routedWhile(
      t,
      /the MTU of a connected socket, \d+, is not that of the route, 9000/,
      async () => host.ip('xfrm', 'policy', 'add', ...policy, 'dir', 'out', ...tunnel),
      async () => host.ip('xfrm', 'policy', 'flush'),
    );
  });

  t.test('others need the device', async (t) => {
    ids.run('sh', '-c', `iperf3 --server --daemon --one-off --bind ${NEIGHBOUR} >/dev/null`);
    await routedWhile(
      t,
      /others send more by mir0/,
      async () => {
        host.spawn('iperf3', ['--client', NEIGHBOUR, ...OTHERS], { stdio: 'ignore' });
      },
      async () => {
        const { targets } = await daemon.status();
        t.equal(targets[0]?.emission, 'routed', 'as long as they send');
      },
    );
  });

  t.test('the device is a source', async (t) => {
    const reload = async (to: object): Promise<void> => {
      stand.configure(to);
      daemon.process.kill('SIGHUP');
    };
    await routedWhile(
      t,
      /mir0 is a source/,
      () => reload(withSource(configuration, 'mir0')),
      () => reload(configuration),
    );
    await routedWhile(
      t,
      /mir0 is stacked with above, a source/,
      async () => {
        host.ip('link', 'add', 'above', 'link', 'mir0', 'type', 'macvlan');
        await reload(withSource(configuration, 'above'));
      },
      async () => host.ip('link', 'del', 'above'),
    );
    await reload(configuration);
    await until('one source', ({ lanes }) => lanes.length === 2);
  });

  t.test("the host's output firewall forbids copies", async (t) => {
    await until('direct', isPastQueues);
    const before = sessionSum(await daemon.status(), 'mirrored');
    host.run(
      'nft',
      'add table ip wall; add chain ip wall output { type filter hook output priority 0; }; ' +
        'add rule ip wall output udp dport 4789 drop',
    );
    // A round of copies is routed now and then, to confirm the neighbour: once it is forbidden, no more are.
    const arrivedBefore = arrived(stand);
    while (skippedSum(await daemon.status()) === 0)
      await new Load(stand, LOAD_SECONDS, PACKETS_PER_SECOND, 'received', PAUSE_MS).end();
    await sleep(CONFIRMED_MS);
    const status = await daemon.status();
    t.equal(arrived(stand) - arrivedBefore, sessionSum(status, 'mirrored') - before, 'all others arrive');
    checkSums(t, status, 'accounting');
    await underLoad(t, running, () => sleep(CONFIRMED_MS));
    const { targets } = await daemon.status();
    t.match(targets, [{ state: 'reachable', reason: '' }], 'it does not matter');
    host.run('nft', 'delete table ip wall');
  });

  t.test('the next hop is not resolved', async (t) => {
    await until('direct', isPastQueues);
    ids.ip('link', 'set', 'ids0', 'arp', 'off');
    host.ip('neigh', 'del', TARGET, 'dev', 'mir0');
    await until('not resolved', isRouted(/its next hop is not resolved/));
    ids.ip('link', 'set', 'ids0', 'arp', 'on');
    await underLoadOnceReachable(daemon);
    await underLoad(t, running, backAgain);
  });

  t.test('in the end', async (t) => {
    await underLoad(t, running, () => until('AF_XDP', isDirect));
    const { engines, targets } = await daemon.status();
    t.equal(engines[0]?.restarts, 0);
    t.match(targets, [{ emission: 'xdp', emissionReason: '' }]);
    t.equal(await daemon.stop(), 0, 'exit code');
  });
});

async function underLoadOnceReachable(daemon: Daemon): Promise<void> {
  await daemon.until('reachable', ({ targets }) => targets.every(({ state }) => state === 'reachable'));
}

function skipIpsec(host: Stand['host']): string | false {
  try {
    host.ip('xfrm', 'policy', 'flush');
    return false;
  } catch {
    return 'the kernel has no IPsec';
  }
}

/** The same with a session more on another device. */
function withSource(configuration: object, device: string): object {
  const { networkInterfaces, trafficMirrorSessions, ...rest } = configuration as {
    readonly networkInterfaces: readonly object[];
    readonly trafficMirrorSessions: readonly object[];
  };
  const [session] = trafficMirrorSessions;
  return {
    ...rest,
    networkInterfaces: [...networkInterfaces, { networkInterfaceId: 'eni-second', device }],
    trafficMirrorSessions: [
      session,
      {
        ...session,
        trafficMirrorSessionId: 'tms-second',
        networkInterfaceId: 'eni-second',
        virtualNetworkId: VNI + 1,
      },
    ],
  };
}
