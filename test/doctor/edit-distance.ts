import t from 'tap';
import { didYouMean, editDistance } from '../../src/doctor/edit-distance.js';

const DISTANCES: readonly (readonly [string, string, number])[] = [
  ['eth0', 'eth0', 0],
  ['eth0', 'eth1', 1],
  ['eht0', 'eth0', 1],
  ['eth', 'eth0', 1],
  ['Eth0', 'eth0', 0.5],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
];

for (const [one, other, want] of DISTANCES) {
  t.test(`from ${one} to ${other}`, async (t) => {
    t.equal(editDistance(one, other), want);
    t.equal(editDistance(other, one), want, 'and back');
  });
}

const NAMES = ['lo', 'eth0', 'eth1', 'enp0s31f6', 'br-lan', 'wlan0'];
const MEANT: readonly (readonly [string, string | undefined])[] = [
  ['eht0', 'eth0'],
  ['ETH0', 'eth0'],
  ['enp0s31f', 'enp0s31f6'],
  ['enp0s3f16', 'enp0s31f6'],
  ['br_lan', 'br-lan'],
  ['veth-of-a-pod', undefined],
  ['xy', undefined],
];

for (const [name, want] of MEANT) {
  t.test(`${name} was meant to be ${want}`, async (t) => t.equal(didYouMean(name, NAMES), want));
}

t.test('is bounded, whatever is compared', async (t) => {
  t.equal(didYouMean('a'.repeat(100_000), ['a'.repeat(99_999)]), undefined, 'a long name');
  let asked = 0;
  function* endless() {
    for (;;) yield `x${asked++}y`;
  }
  t.equal(didYouMean('eth0', endless()), undefined, 'endless names');
  t.ok(asked < 20_000);
});
