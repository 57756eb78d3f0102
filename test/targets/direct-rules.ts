/** When copies may leave straight to the device: each condition by itself, and what others send over time. */
import t from 'tap';
import { Others, type WayFacts, whyRouted } from '../../src/targets/direct-rules.js';

const FREE: WayFacts = {
  device: { name: 'eth0', kind: '' },
  source: undefined,
  queue: undefined,
  filtered: undefined,
  shared: 'eth0',
  others: 'quiet',
  isMixed: false,
  socketMtu: 1500,
  routeMtu: 1500,
  isRuled: false,
};

t.test('every condition has to hold', async (t) => {
  const rows: { name: string; facts: Partial<WayFacts>; want: string }[] = [
    { name: 'all do', facts: {}, want: '' },
    { name: 'a stack of nobody', facts: { device: { name: 'eth0.5', kind: 'vlan' } }, want: '' },
    { name: 'no route', facts: { device: undefined }, want: 'there is no route to it' },
    { name: 'a source', facts: { source: 'eth0' }, want: 'eth0 is a source' },
    { name: 'on a source', facts: { source: 'br0' }, want: 'eth0 is stacked with br0, a source' },
    {
      name: 'a tunnel',
      facts: { device: { name: 'vx0', kind: 'vxlan' } },
      want: 'vx0 is a tunnel, which the host routes once more',
    },
    {
      name: 'a queue that was chosen',
      facts: { queue: { device: 'eth0', kind: 'htb' } },
      want: "the queue of eth0, htb, is not the kernel's own choice",
    },
    { name: 'filters', facts: { filtered: 'eth0' }, want: 'eth0 has filters (clsact)' },
    { name: 'a rule', facts: { isRuled: true }, want: 'a routing rule has copies take another way' },
    {
      name: 'no socket',
      facts: { socketMtu: undefined },
      want: 'the kernel does not connect a socket to it',
    },
    {
      name: 'IPsec',
      facts: { socketMtu: 1438 },
      want: 'the MTU of a connected socket, 1438, is not that of the route, 1500',
    },
    {
      name: 'no MTU of the route',
      facts: { routeMtu: undefined },
      want: 'the MTU of a connected socket, 1500, is not that of the route, unknown',
    },
    { name: 'mixed', facts: { isMixed: true }, want: 'other copies leave by eth0 too, below eth0' },
    { name: 'others', facts: { others: 'busy' }, want: 'others send more by eth0 than next to nothing' },
    {
      name: 'others at first',
      facts: { others: 'unknown' },
      want: 'what others send by eth0 is not known yet',
    },
  ];
  for (const { name, facts, want } of rows) t.equal(whyRouted({ ...FREE, ...facts }), want, name);
});

const GIGABIT = 1_000_000_000;
const TICK_MS = 100;

/** Adds the same rate, in bits a second, for so long. @returns the need at its end, and when it was another the last time. */
function adding(others: Others, speed: number | undefined) {
  let nowMs = 50_000;
  return (bits: number, seconds: number): string => {
    let need = '';
    for (let left = seconds * 1000; left > 0; left -= TICK_MS) {
      nowMs += TICK_MS;
      need = others.add(nowMs, (bits * TICK_MS) / 8000, speed);
    }
    return need;
  };
}

t.test('what others send', async (t) => {
  const add = adding(new Others(), GIGABIT);
  t.equal(add(0, 5), 'unknown', 'it takes five seconds to know');
  t.equal(add(0, 0.2), 'quiet');
  t.equal(add(9_000_000, 60), 'quiet', 'less than 1 %');
  t.equal(add(12_000_000, 6), 'busy', 'more');
  t.equal(add(9_000_000, 60), 'busy', 'less again, but not by far');
  t.equal(add(4_000_000, 7), 'quiet', 'less than half of it');
});

t.test('all of the link is seen within a tenth of a second', async (t) => {
  const add = adding(new Others(), GIGABIT);
  t.equal(add(0, 6), 'quiet');
  t.equal(add(GIGABIT, 0.1), 'busy');
  t.equal(add(0, 4), 'busy', 'for as long as it counts');
  t.equal(add(0, 2), 'quiet');
});

t.test('a device without a speed', async (t) => {
  const add = adding(new Others(), undefined);
  t.equal(add(9_000_000, 10), 'quiet', 'less than 10 Mbit/s');
  t.equal(add(11_000_000, 6), 'busy');
});

t.test('copies that are counted before the device counts them', async (t) => {
  const others = new Others();
  let nowMs = 0;
  let need = '';
  for (let tick = 0; tick < 100; tick++) {
    nowMs += TICK_MS;
    need = others.add(nowMs, tick % 2 === 0 ? 2_000_000 : -2_000_000, GIGABIT);
  }
  t.equal(need, 'quiet', 'are nobody else’s');
});

t.test('nobody looked for a while', async (t) => {
  const others = new Others();
  const add = adding(others, GIGABIT);
  t.equal(add(0, 6), 'quiet');
  t.equal(others.add(500_000, 0, GIGABIT), 'unknown');
});
