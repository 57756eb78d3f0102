import { execFileSync } from 'node:child_process';
import t from 'tap';
import { checkDevices } from '../../src/doctor/devices.js';
import { shellWord } from '../../src/doctor/shell-word.js';
import { device, factsOf, planWith, sourceFacts, wellSource } from '../fixtures/doctor/facts.js';

const WORDS = [
  'eth0',
  'fe80::1%eth0',
  '/run/netns/web',
  ';reboot',
  '$(id)',
  '`id`',
  "a'b",
  'a"b',
  'a b',
  '',
  '*',
  '~',
  '#x',
  'ü',
];

for (const word of WORDS) {
  t.test(`a shell takes ${JSON.stringify(word)} as it is`, async (t) => {
    const output = execFileSync('sh', ['-c', `printf '%s|' ${shellWord(word)}`], { encoding: 'utf8' });
    t.equal(output, `${word}|`);
  });
}

t.test('what needs no quotes has none', async (t) => {
  for (const word of WORDS.slice(0, 3)) t.equal(shellWord(word), word);
});

t.test('a device whose name is a command', async (t) => {
  const name = ';reboot';
  const sources = new Map([['eni-web', sourceFacts({ device: device(name, { up: false }) })]]);
  const [found] = checkDevices(factsOf({ plan: planWith([wellSource({ device: name })]), sources }));
  t.equal(found?.remedy, "ip link set dev ';reboot' up");
});
