/** Ways to targets, with a kernel of the test's own: what is asked when something changes, and what is told. */
import t from 'tap';
import type { EthernetLink, Neighbour, Way } from '../../src/linux/routes.js';
import { neighbourKey } from '../../src/linux/routes.js';
import { TargetWays } from '../../src/targets/ways.js';

const [ETH0, ETH1] = [2, 3];
const MAC = Uint8Array.of(2, 0, 0, 0, 0, 9);
const bytesOf = (address: string): Uint8Array => Uint8Array.from(address.split('.').map(Number));

class ModelledKernel {
  readonly ways = new Map<string, Way>();
  /** By address. */
  readonly neighbours = new Map<string, Neighbour>();
  readonly links = new Map<number, EthernetLink>();
  asked: string[] = [];

  route(target: string, via: string, interfaceIndex = ETH0): void {
    const source = Uint8Array.of(10, 0, 0, 1);
    this.ways.set(target, { interfaceIndex, neighbour: bytesOf(via), source, mtu: undefined });
  }

  way(target: string): Way | undefined {
    this.asked.push(`way ${target}`);
    return this.ways.get(target);
  }

  neighbour({ neighbour }: Way): Neighbour | undefined {
    this.asked.push(`neighbour ${neighbour.join('.')}`);
    return this.neighbours.get(neighbour.join('.'));
  }

  link(index: number): EthernetLink | undefined {
    this.asked.push(`link ${index}`);
    return this.links.get(index);
  }

  /** What was asked since the last call, in order of the text. */
  taken(): string[] {
    return this.asked.splice(0).sort();
  }
}

/** Two targets behind a gateway, one on the link. */
function known() {
  const kernel = new ModelledKernel();
  for (const target of ['192.0.2.1', '192.0.2.2']) kernel.route(target, '10.0.0.254');
  kernel.route('10.0.0.7', '10.0.0.7');
  kernel.neighbours.set('10.0.0.254', { state: 'valid', mac: MAC });
  kernel.neighbours.set('10.0.0.7', { state: 'asking', mac: undefined });
  kernel.links.set(ETH0, { mac: Uint8Array.of(2, 0, 0, 0, 0, 1), mtu: 1500 });
  const changed: string[] = [];
  const ways = new TargetWays(kernel, (address) => changed.push(address));
  ways.watch(['192.0.2.1', '192.0.2.2', '10.0.0.7']);
  const told = (): string[] => changed.splice(0).sort();
  return { kernel, ways, told };
}

const key = (neighbour: string, interfaceIndex = ETH0): string =>
  neighbourKey({ interfaceIndex, neighbour: bytesOf(neighbour) });

t.test('targets behind one gateway have one neighbour', async (t) => {
  const { kernel, ways, told } = known();
  t.same(kernel.taken(), [
    'neighbour 10.0.0.254',
    'neighbour 10.0.0.7',
    'way 10.0.0.7',
    'way 192.0.2.1',
    'way 192.0.2.2',
  ]);
  t.same(told(), ['10.0.0.7', '192.0.2.1', '192.0.2.2']);
  t.same(ways.neighbourOf('192.0.2.2'), { state: 'valid', mac: MAC });
  t.equal(ways.egressDevice('192.0.2.2'), ETH0);
  t.same(ways.nextHop('192.0.2.2'), {
    interfaceIndex: ETH0,
    sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 1),
    destinationMac: MAC,
    sourceAddress: '10.0.0.1',
    mtu: 1500,
  });
  t.equal(ways.nextHop('10.0.0.7'), undefined, 'its neighbour does not answer yet');
  t.equal(ways.nextHop('10.0.0.8'), undefined, 'no target');
});

t.test('a neighbour that changes', async (t) => {
  const { kernel, ways, told } = known();
  kernel.taken();
  told();
  ways.lookUpNeighbours([key('10.0.0.99'), key('10.0.0.254', ETH1)]);
  t.same(kernel.taken(), [], 'of no target');
  ways.lookUpNeighbours([key('10.0.0.254')]);
  t.same(kernel.taken(), ['neighbour 10.0.0.254']);
  t.same(told(), [], 'it is as it was');
  kernel.neighbours.set('10.0.0.254', { state: 'failed', mac: undefined });
  ways.lookUpNeighbours([key('10.0.0.254')]);
  t.same(told(), ['192.0.2.1', '192.0.2.2'], 'the targets that it is the neighbour of');
  t.same(kernel.taken(), ['neighbour 10.0.0.254']);
  kernel.neighbours.delete('10.0.0.7');
  ways.lookUpNeighboursOf(['10.0.0.7']);
  t.same([told(), ways.neighbourOf('10.0.0.7')], [['10.0.0.7'], undefined]);
});

t.test('routes that change', async (t) => {
  const { kernel, ways, told } = known();
  ways.nextHop('192.0.2.1');
  told();
  ways.lookUpAll();
  t.same(told(), [], 'all is as it was');
  kernel.route('192.0.2.1', '10.1.0.254', ETH1);
  kernel.ways.delete('10.0.0.7');
  kernel.taken();
  ways.lookUpAll();
  t.same(told(), ['10.0.0.7', '192.0.2.1']);
  t.same(kernel.taken().filter((question) => question.startsWith('way')).length, 3);
  t.equal(ways.egressDevice('192.0.2.1'), ETH1);
  t.equal(ways.egressDevice('10.0.0.7'), undefined);
  kernel.links.set(ETH0, { mac: Uint8Array.of(2, 0, 0, 0, 0, 1), mtu: 9000 });
  ways.lookUpAll();
  t.same(told(), ['192.0.2.2'], 'the MTU of its device');
  t.equal(ways.nextHop('192.0.2.2')?.mtu, 9000);
});

t.test('only targets that are new are looked up, and those that are no more are forgotten', async (t) => {
  const { kernel, ways, told } = known();
  kernel.taken();
  told();
  kernel.route('192.0.2.3', '10.0.0.254');
  ways.watch(['192.0.2.1', '192.0.2.3']);
  t.same(kernel.taken(), ['way 192.0.2.3']);
  t.same(told(), ['192.0.2.3']);
  ways.lookUpNeighbours([key('10.0.0.7')]);
  t.same(kernel.taken(), []);
  ways.watch([]);
  ways.lookUpAll();
  t.same([kernel.taken(), told()], [[], []]);
});
