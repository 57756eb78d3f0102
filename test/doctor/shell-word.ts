import { execFileSync } from 'node:child_process';
import t from 'tap';
import { checkDevices } from '../../src/doctor/devices.js';
import { examine } from '../../src/doctor/examine.js';
import type { Facts } from '../../src/doctor/facts.js';
import { shellWord } from '../../src/doctor/shell-word.js';
import {
  device,
  factsOf,
  PLACE,
  planWith,
  running,
  sourceFacts,
  wayFacts,
  wellSource,
  wellStatus,
} from '../fixtures/doctor/facts.js';

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

const EVIL = ';reboot;';
const ZONED = `fe80::1%${EVIL}`;
const odd = wellSource({ id: EVIL, device: EVIL }, { id: EVIL, targetId: EVIL, targetAddresses: [ZONED] });
const oddWay = (rest: Parameters<typeof wayFacts>[0] = {}): Facts['ways'] =>
  new Map([[ZONED, wayFacts({ device: device(EVIL), nextHop: ZONED, ...rest })]]);
const oddFacts = (rest: Partial<Facts>): Facts =>
  factsOf({ plan: planWith([odd]), ways: oddWay(), configurationFile: EVIL, ...rest });
const oddSource = (rest: Parameters<typeof sourceFacts>[0]): Partial<Facts> => ({
  sources: new Map([[EVIL, sourceFacts({ device: device(EVIL), ...rest })]]),
});
const oddTarget = (state: 'suspect' | 'unreachable', reason: string): Partial<Facts> => {
  const [target] = wellStatus().targets;
  return {
    daemon: running(wellStatus({ targets: [{ ...target!, address: ZONED, state, reason, device: EVIL }] })),
  };
};

/** What there is in names that others choose: of files, of devices, of clients' and of a daemon's resources. */
const ODD: readonly Partial<Facts>[] = [
  { daemon: { kind: 'silent', socket: EVIL, reason: EVIL, isForbidden: false } },
  { daemon: { kind: 'odd', socket: EVIL, member: EVIL } },
  { daemon: running(wellStatus({ configurationFile: EVIL }), { isSameFile: false }) },
  oddTarget('unreachable', 'refused: x'),
  oddTarget('unreachable', 'oversize: x'),
  oddTarget('unreachable', 'its health check fails: x'),
  oddTarget('unreachable', EVIL),
  oddTarget('suspect', EVIL),
  oddSource({ device: undefined }),
  oddSource({ device: undefined, elsewhere: [`/run/netns/${EVIL}`] }),
  oddSource({ device: undefined, place: { ...PLACE, devices: [device(`${EVIL}0`)] } }),
  oddSource({ device: device(EVIL, { ethernet: false }) }),
  oddSource({ device: device(EVIL, { carrier: false }) }),
  oddSource({ place: { ...PLACE, netns: `/run/netns/${EVIL}`, problem: 'none' } }),
  { io: 'libpcap', ...oddSource({ offloads: ['gro'] }) },
  { ways: oddWay({ device: undefined }) },
  { ways: oddWay({ badSources: [ZONED] }) },
  { ways: oddWay({ neighbour: 'failed' }) },
  { ways: oddWay({ probe: 'no-route' }) },
  { ways: oddWay({ mtu: 1280 }) },
  { ways: oddWay({ mtu: 1280, device: device(EVIL, { mtu: 9000 }) }) },
];

t.test('no name stands in a remedy without quotes', async (t) => {
  for (const rest of ODD) {
    const findings = examine(oddFacts(rest));
    t.ok(findings.length > 0, JSON.stringify(Object.keys(rest)));
    for (const { code, remedy } of findings)
      t.notMatch(remedy.replaceAll(/'[^']*'/g, ''), 'reboot', `${code}: ${remedy}`);
  }
});
