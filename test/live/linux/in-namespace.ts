/** The parts that only a real kernel can judge, each in a network namespace of its own. */
import t from 'tap';
import { joinByVeth, type Namespace, Namespaces } from '../../../lab/namespaces.js';
import { evalIn } from '../../fixtures/linux/eval-in.js';
import { skipUnless } from '../../fixtures/live/requirements.js';

const skip = skipUnless('ping');
/** The kernel keeps some hundred events for a socket. */
const MANY_DEVICES = 500;

/** Two hosts, 10.3.0.1 and 10.3.0.2, on a link with an MTU of 1400. */
function twoHosts(t: { teardown(end: () => void): void }): { here: Namespace; there: Namespace } {
  const namespaces = new Namespaces();
  t.teardown(() => namespaces.close());
  const [here, there] = [namespaces.add('here'), namespaces.add('there')];
  joinByVeth(
    { namespace: here, device: 'veth0', addresses: ['10.3.0.1/24'], mtu: 1400 },
    { namespace: there, device: 'veth1', addresses: ['10.3.0.2/24'], mtu: 1400 },
  );
  return { here, there };
}

/** The next hops of some addresses: their MACs in hex, or null. */
function nextHopsOf(namespace: Namespace, ...targets: string[]): unknown[] {
  return evalIn(
    namespace,
    `const { openLibc } = await import(dist + 'src/linux/libc.js');
     const { NextHops } = await import(dist + 'src/linux/routes.js');
     const { TargetWays } = await import(dist + 'src/targets/ways.js');
     const ways = new TargetWays(new NextHops(await openLibc()));
     ways.watch(${JSON.stringify(targets)});
     const text = (mac) => Buffer.from(mac).toString('hex').replace(/..(?=.)/g, '$&:');
     return ${JSON.stringify(targets)}.map((target) => {
       const hop = ways.nextHop(target);
       return hop && { ...hop, sourceMac: text(hop.sourceMac), destinationMac: text(hop.destinationMac) };
     });`,
  );
}

function macOf(namespace: Namespace, device: string): string {
  return JSON.parse(namespace.ip('-j', 'link', 'show', device))[0].address;
}

t.test('next hops', { skip }, async (t) => {
  const { here, there } = twoHosts(t);
  t.same(nextHopsOf(here, '10.3.0.2'), [null], 'a neighbour that was never asked for');
  here.run('ping', '-c', '1', '10.3.0.2');
  here.ip('route', 'add', '192.0.2.0/24', 'via', '10.3.0.2', 'mtu', '1300');
  const hop = {
    interfaceIndex: JSON.parse(here.ip('-j', 'link', 'show', 'veth0'))[0].ifindex,
    sourceMac: macOf(here, 'veth0'),
    destinationMac: macOf(there, 'veth1'),
    sourceAddress: '10.3.0.1',
    mtu: 1400,
  };
  const [neighbour, routed, unroutable, loopback] = nextHopsOf(
    here,
    '10.3.0.2',
    '192.0.2.7',
    '198.51.100.1',
    '127.0.0.1',
  );
  t.same(neighbour, hop, 'on the link');
  t.same(routed, { ...hop, mtu: 1300 }, 'behind a gateway, by a route with an MTU');
  t.equal(unroutable, null, 'no route');
  t.equal(loopback, null, 'a way that is not Ethernet');
});

t.test('questions about targets', { skip }, async (t) => {
  const { here, there } = twoHosts(t);
  // Its addresses come late, with routes of their own.
  here.run('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
  there.ip('address', 'add', '10.3.0.3/24', 'dev', 'veth1');
  for (const address of ['10.3.0.2', '10.3.0.3']) here.run('ping', '-c', '1', address);
  here.ip('route', 'add', '192.0.2.0/24', 'via', '10.3.0.2');
  const targets = ['10.3.0.3', ...Array.from({ length: 50 }, (_, index) => `192.0.2.${index + 1}`)];
  const asked = evalIn<
    Record<'unrelated' | 'own' | 'gateway' | 'route', Record<string, number>> & { atFirst: number }
  >(
    here,
    `const { execFileSync } = await import('node:child_process');
     const { setTimeout: sleep } = await import('node:timers/promises');
     const { NetlinkSocket } = await import(dist + 'src/linux/netlink.js');
     const { encapsulationOf } = await import(dist + 'src/encapsulate/encapsulations.js');
     const { TargetWatch } = await import(dist + 'src/targets/target-watch.js');
     const { ask, dump } = NetlinkSocket.prototype;
     let lists = 0;
     NetlinkSocket.prototype.dump = function (op, ...rest) {
       if (op === 'RTM_GETADDR') lists += 1;
       return dump.call(this, op, ...rest);
     };
     let count = {};
     NetlinkSocket.prototype.ask = function (op, ...rest) {
       if (['RTM_GETROUTE', 'RTM_GETNEIGH'].includes(op)) count[op] = (count[op] ?? 0) + 1;
       return ask.call(this, op, ...rest);
     };
     const ignore = () => {};
     const listener = { route: ignore, report: ignore, sets: ignore, egress: ignore, ways: ignore, nextHop: ignore };
     const watch = new TargetWatch(listener, Infinity);
     const targets = new Map(${JSON.stringify(targets)}.map((target) => [target, encapsulationOf()]));
     await watch.watch(targets, new Set(), 'routed');
     await sleep(400);
     const atFirst = lists;
     // What is looked up in the time of three events, of which each is seen by itself.
     const during = async (...words) => {
       count = {};
       for (const mac of ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:03']) {
         execFileSync('ip', words.map((word) => (word === 'MAC' ? mac : word)));
         await sleep(200);
       }
       return count;
     };
     const neighbour = (address) => during('neigh', 'replace', address, 'lladdr', 'MAC', 'dev', 'veth0');
     const asked = {
       unrelated: await neighbour('10.3.0.77'),
       own: await neighbour('10.3.0.3'),
       gateway: await neighbour('10.3.0.2'),
       route: await during('route', 'replace', '198.51.100.0/24', 'via', '10.3.0.2'),
     };
     // It would watch for ever.
     setImmediate(() => process.exit());
     return { ...asked, atFirst };`,
  );
  t.ok(
    asked.atFirst >= 1 && asked.atFirst <= 2,
    `all addresses are listed ${asked.atFirst} times for ${targets.length} targets`,
  );
  t.same(asked.unrelated, {}, 'none for a neighbour on no way');
  t.same(asked.own, { RTM_GETNEIGH: 3 }, 'one for the neighbour of one target');
  t.same(asked.gateway, { RTM_GETNEIGH: 3 }, 'and of fifty, which are behind it');
  t.ok((asked.route.RTM_GETROUTE ?? 0) >= targets.length, 'all for a route, which may be of any target');
});

t.test('the next hop of a target that leaves, and comes back without one', { skip }, async (t) => {
  const { here } = twoHosts(t);
  here.run('ping', '-c', '1', '10.3.0.2');
  const told = evalIn<[string, boolean][]>(
    here,
    `const { execFileSync } = await import('node:child_process');
     const { encapsulationOf } = await import(dist + 'src/encapsulate/encapsulations.js');
     const { TargetWatch } = await import(dist + 'src/targets/target-watch.js');
     const told = [];
     const ignore = () => {};
     const nextHop = (address, hop) => told.push([address, hop !== undefined]);
     const listener = { route: ignore, report: ignore, sets: ignore, egress: ignore, ways: ignore, nextHop };
     const watch = new TargetWatch(listener);
     const target = new Map([['10.3.0.2', encapsulationOf()]]);
     await watch.watch(target, new Set(), 'direct');
     await watch.watch(new Map(), new Set(), 'direct');
     execFileSync('ip', ['link', 'set', 'veth0', 'down']);
     await watch.watch(target, new Set(), 'direct');
     setImmediate(() => process.exit());
     return told;`,
  );
  const [before, after] = [told.slice(0, 1), told.slice(1)];
  t.same(before, [['10.3.0.2', true]]);
  t.same(after, [['10.3.0.2', false]], 'the one of before is not used any more');
});

t.test('more devices than events can tell of', { skip }, async (t) => {
  const { here } = twoHosts(t);
  const seen = evalIn<{ isHeldUp: boolean; tries: number; names: string[] }>(
    here,
    `const { execFileSync } = await import('node:child_process');
     const { setTimeout: sleep } = await import('node:timers/promises');
     const { openLibc } = await import(dist + 'src/linux/libc.js');
     const { LinkTable } = await import(dist + 'src/linux/link-table.js');
     const table = new LinkTable(await openLibc());
     const batch = (line) => execFileSync('ip', ['-batch', '-'], {
       input: Array.from({ length: ${MANY_DEVICES} }, (_, index) => line(index)).join('\\n'),
     });
     batch((index) => 'link add many' + index + ' group 7 type veth peer name peer' + index + ' group 7');
     execFileSync('ip', ['link', 'del', 'group', '7']);
     execFileSync('ip', ['link', 'add', 'last0', 'type', 'veth', 'peer', 'name', 'last1']);
     table.readEvents();
     const isHeldUp = table.descriptor === -1;
     let tries = 0;
     for (; table.descriptor === -1 && tries < 1000; tries++) await sleep(5);
     table.readEvents();
     const names = [...Array(${MANY_DEVICES}).keys()].map((index) => 'many' + index);
     const found = ['veth0', 'last0', ...names].filter((name) => table.find(name) !== undefined);
     table.close();
     return { isHeldUp, tries, names: found };`,
  );
  t.ok(seen.isHeldUp, 'events are lost, and all is listed again');
  t.same(seen.names, ['veth0', 'last0'], 'which shows the devices that are there');
});

t.test('queues', { skip: skipUnless('tc') }, async (t) => {
  const { here } = twoHosts(t);
  const index = JSON.parse(here.ip('-j', 'link', 'show', 'veth0'))[0].ifindex;
  const look = () =>
    evalIn<{ queueing?: number; obeys: boolean; kind?: string; sent?: number }>(
      here,
      `const { openLibc } = await import(dist + 'src/linux/libc.js');
       const { Queues } = await import(dist + 'src/linux/queues.js');
       const queues = new Queues(await openLibc());
       const state = queues.look(${index});
       return { queueing: queues.queueing(${index}), obeys: queues.obeysPriority(${index}),
                kind: state?.kind, sent: state?.sentBytes };`,
    );
  const tc = (...words: string[]) => here.run('tc', 'qdisc', ...words);
  const TBF = ['handle', '1:', 'tbf', 'rate', '100mbit', 'burst', '32kb', 'latency', '50ms'];
  t.match(look(), { obeys: false, kind: 'noqueue' }, 'none');
  t.equal(look().queueing, undefined, 'nothing can wait');
  tc('add', 'dev', 'veth0', 'root', ...TBF);
  here.run('ping', '-c', '1', '-s', '1000', '10.3.0.2');
  const shaped = look();
  t.match(shaped, { queueing: index, obeys: false, kind: 'tbf' }, 'a shaper');
  t.ok(shaped.sent !== undefined && shaped.sent >= 1042, `${shaped.sent} bytes have left it`);
  tc('add', 'dev', 'veth0', 'parent', '1:1', 'handle', '10:', 'pfifo_fast');
  t.match(look(), { queueing: index, obeys: true, kind: 'tbf' }, 'a shaper over a queue with priorities');
  tc('replace', 'dev', 'veth0', 'root', 'pfifo_fast');
  t.match(look(), { obeys: true, kind: 'pfifo_fast' });
  tc('replace', 'dev', 'veth0', 'root', 'pfifo');
  t.match(look(), { queueing: index, obeys: false, kind: 'pfifo' });
});

t.test('a ring on a loopback', { skip }, async (t) => {
  const { here } = twoHosts(t);
  const frames = evalIn<{ length: number; text: string }[]>(
    here,
    `const { createSocket } = await import('node:dgram');
     const { setTimeout: sleep } = await import('node:timers/promises');
     const { openLibc } = await import(dist + 'src/linux/libc.js');
     const { RingSource } = await import(dist + 'src/io/ring/ring-source.js');
     const { KEEP_ALL, ringFilter } = await import(dist + 'src/io/ring/ring-filter.js');
     const source = new RingSource(await openLibc(), {
       megabytes: 1, filter: ringFilter({ ingress: KEEP_ALL }),
     });
     source.bind(1);
     const socket = createSocket('udp4');
     for (let index = 0; index < 5; index++) {
       await new Promise((resolve) => socket.send('frame ' + index, 9999, '127.0.0.1', resolve));
     }
     const frames = [];
     const consumer = {
       consume: ({ bytes, offset, capturedLength, wireLength }) => {
         const text = Buffer.from(bytes.slice(offset + 42, offset + capturedLength)).toString('latin1');
         // Each is answered by a port unreachable.
         if (text.startsWith('frame')) frames.push({ length: wireLength, text });
       },
     };
     for (let tries = 0; tries < 100 && frames.length < 5; tries++) {
       await sleep(10);
       if (source.load()) source.handOver(consumer, consumer);
       source.release();
     }
     source.close();
     socket.close();
     return frames;`,
  );
  t.same(
    frames,
    [0, 1, 2, 3, 4].map((index) => ({ length: 14 + 20 + 8 + 7, text: `frame ${index}` })),
    'every frame once, though it goes out and comes in',
  );
});

t.test('a raw socket tells why it does not send', { skip }, async (t) => {
  const { here } = twoHosts(t);
  const reasons = evalIn<Record<string, unknown>>(
    here,
    `const { Frame, HEADROOM_BYTES } = await import(dist + 'src/io/frame.js');
     const { Counters } = await import(dist + 'src/counters/counters.js');
     const { layOutCounters } = await import(dist + 'src/counters/lane-bases.js');
     const { readLane } = await import(dist + 'src/counters/snapshot.js');
     const { TunnelHeader } = await import(dist + 'src/encapsulate/tunnel-header.js');
     const { VXLAN } = await import(dist + 'src/encapsulate/vxlan.js');
     const { RawSockets, RawSocketSink } = await import(dist + 'src/io/libpcap/raw-socket-sink.js');
     const session = { id: 's', rules: { ingress: [], egress: [] }, targetAddresses: [] };
     const { counters, bases } = layOutCounters([{ source: { id: 'eni', sessions: [session] }, direction: 'ingress' }]);
     const sockets = await RawSockets.open();
     const frame = new Frame(new Uint8Array(4096));
     frame.offset = HEADROOM_BYTES;
     const send = (target, innerLength) => {
       const options = { encapsulation: VXLAN, target, oversize: 'truncate', dscp: 8, maxInnerLengthNow: () => undefined };
       const sink = new RawSocketSink(sockets.wrapOf(4), options, counters, { mtu: 65535, sourceAddress: '' });
       sink.send(frame, innerLength, new TunnelHeader(VXLAN, 1), 50000, bases[0].sessions[0].base);
     };
     send('10.3.0.2', 100);
     send('198.51.100.1', 100);
     send('10.3.0.2', 1500);
     const { mirrored, skipped } = readLane(counters.values, bases[0]).sessions[0];
     sockets.close();
     return { mirrored: mirrored.packets, ...skipped };`,
  );
  t.match(reasons, { mirrored: 1, 'no-route': { packets: 1 }, oversize: { packets: 1 } });
});

t.test('into a network namespace and back', { skip }, async (t) => {
  const namespaces = new Namespaces();
  t.teardown(() => namespaces.close());
  const [here, there] = [namespaces.add('here'), namespaces.add('there')];
  there.ip('link', 'add', 'only0', 'type', 'veth', 'peer', 'name', 'only1');
  const seen = evalIn<Record<string, unknown>>(
    here,
    `const { readlinkSync } = await import('node:fs');
     const { openLibc } = await import(dist + 'src/linux/libc.js');
     const { LinkTable } = await import(dist + 'src/linux/link-table.js');
     const { NetworkNamespace, openNamespace } = await import(dist + 'src/linux/network-namespace.js');
     const libc = await openLibc();
     const self = () => readlinkSync('/proc/thread-self/ns/net');
     const before = self();
     const path = '/run/netns/${there.name}';
     const namespace = new NetworkNamespace(libc, path, openNamespace(path));
     const [inside, table] = namespace.enter(() => [self(), new LinkTable(libc)]);
     return {
       entered: inside !== before,
       back: self() === before,
       stays: table.find('only0') !== undefined && new LinkTable(libc).find('only0') === undefined,
     };`,
  );
  t.strictSame(seen, { entered: true, back: true, stays: true });

  const refused = evalIn<string>(
    here,
    `const { openLibc } = await import(dist + 'src/linux/libc.js');
     const { NetworkNamespace, openNamespace } = await import(dist + 'src/linux/network-namespace.js');
     try {
       const path = '/proc/self/ns/uts';
       new NetworkNamespace(await openLibc(), path, openNamespace(path)).enter(() => 0);
     } catch (error) {
       return error.message;
     }`,
  );
  t.equal(refused, '/proc/self/ns/uts is not a network namespace');
});

t.test('questions by ioctl, as sysfs has the answers', { skip }, async (t) => {
  const { here } = twoHosts(t);
  here.ip('link', 'add', 'many0', 'numtxqueues', '3', 'numrxqueues', '3', 'type', 'veth', 'peer', 'many1');
  here.ip('link', 'set', 'many0', 'up');
  here.ip('link', 'property', 'add', 'dev', 'veth0', 'altname', 'another-name');
  const asked = evalIn<Record<string, readonly [unknown, unknown]>>(
    here,
    `const { readFileSync, readdirSync } = await import('node:fs');
     const { openLibc } = await import(dist + 'src/linux/libc.js');
     const requests = await import(dist + 'src/linux/device-requests.js');
     const libc = await openLibc();
     const read = (name, file) => {
       try {
         return Number(readFileSync('/sys/class/net/' + name + '/' + file, 'utf8'));
       } catch {
         return null;
       }
     };
     const asked = {};
     for (const name of ['lo', 'veth0', 'many0', 'none0']) {
       const index = read(name, 'ifindex') ?? 0;
       const speed = read(name, 'speed');
       const queues = index === 0 ? 1 : readdirSync('/sys/class/net/' + name + '/queues')
         .filter((queue) => queue.startsWith('tx-')).length;
       asked[name + ' is there'] = [requests.hasDevice(libc, name), index !== 0];
       asked[name + ' MTU'] = [requests.requestMtu(libc, name) ?? null, read(name, 'mtu')];
       asked[name + ' speed'] = [requests.requestSpeed(libc, name) ?? null, speed > 0 ? speed * 1e6 : null];
       asked[name + ' queues'] = [await requests.requestTransmitQueues(libc, name, index), queues];
     }
     asked.altname = [requests.hasDevice(libc, 'another-name'), false];
     return asked;`,
  );
  t.equal(Object.keys(asked).length, 17);
  t.same(asked['veth0 speed']?.[1], 10e9, 'some have an answer');
  t.same(asked['many0 queues']?.[1], 3);
  for (const [name, [got, want]] of Object.entries(asked)) t.same(got, want, name);
});
