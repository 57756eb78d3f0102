/** What is told about targets before and after there is a backend. */
import t from 'tap';
import { TargetNews } from '../../src/engine/target-news.js';
import type { BackendTargets } from '../../src/io/backend.js';
import type { RouteReport } from '../../src/targets/route.js';
import type { NextHop } from '../../src/targets/ways.js';

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);
const HOP: NextHop = {
  interfaceIndex: 2,
  sourceMac: MAC,
  destinationMac: MAC,
  sourceAddress: '10.1.0.1',
  mtu: 1500,
};

function routeTo(address: string, device: string): RouteReport {
  const way = { sourceAddress: '10.1.0.1', device, mtu: 1500, maximumInnerLength: 1450, reason: '' };
  return { type: 'route', address, port: 4789, ...way };
}

/** Writes down what it is told. */
function listening(): { told: unknown[]; backend: BackendTargets } {
  const told: unknown[] = [];
  const backend: BackendTargets = {
    updateRoute: ({ address, device }) => told.push(`route ${address} ${device}`),
    updateNextHop: (address) => told.push(`hop ${address}`),
    skip: (addresses) => told.push(`skip ${[...addresses]}`),
    giveWay: (shares) => told.push(`share ${[...shares.keys()]}`),
    goDirect: (ways) => told.push(`direct ${[...ways]}`),
    sendErrors: () => [],
    emissions: () => [],
  };
  return { told, backend };
}

t.test('a backend that opens late is told what came before', async (t) => {
  const news = new TargetNews();
  const { told, backend } = listening();
  news.updateRoute(routeTo('10.1.0.2', 'eth0'));
  news.updateRoute(routeTo('10.1.0.2', 'eth1'));
  news.skip(['10.1.0.3']);
  news.giveWay([{ number: 1, memory: new SharedArrayBuffer(24), addresses: ['10.1.0.2'] }]);
  news.goDirect([['10.1.0.2', 'others send']]);
  news.updateNextHop({ type: 'next-hop', address: '10.1.0.2', nextHop: HOP });
  news.use(backend, [routeTo('10.1.0.2', 'eth0')]);
  t.same(told.splice(0), [
    'share 10.1.0.2',
    'direct 10.1.0.2,others send',
    'skip 10.1.0.3',
    'route 10.1.0.2 eth0',
    // It came while the backend was opened.
    'route 10.1.0.2 eth1',
  ]);
  t.equal(news.nextHops.get('10.1.0.2'), HOP);

  news.use(backend, []);
  t.same(told, [], 'once');
  news.updateRoute(routeTo('10.1.0.2', 'eth2'));
  news.updateNextHop({ type: 'next-hop', address: '10.1.0.2', nextHop: undefined });
  news.skip([]);
  t.same(told, ['route 10.1.0.2 eth2', 'hop 10.1.0.2', 'skip '], 'and then at once');
  t.equal(news.nextHops.size, 0);
});
