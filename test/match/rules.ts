/** docs/semantics.md, "Rules" and "Direction". */
import t from 'tap';
import { compile } from '../../src/match/compile.js';
import { type RuleWords, sourcePlan } from '../fixtures/plans/builders.js';
import { decodedFrame, type FrameWords } from '../fixtures/plans/decoded.js';
import { checkRows, verdictName } from '../fixtures/plans/rows.js';

const TCP = 6;
const UDP = 17;
const NONE = 'unmatched';
const FIRST = 'session 0: rule s1r10';
const SECOND = 'session 0: rule s1r20';
const ICMP: FrameWords = { protocol: 1 };
const HTTP: FrameWords = { ports: [5000, 80] };

const row = (name: string, rules: readonly RuleWords[], frame: FrameWords, want: string) => ({
  name,
  plan: sourcePlan([{ rules }]),
  frame,
  want,
});

t.test('the first match decides', async (t) => {
  checkRows(t, [
    row('no rules', [], HTTP, NONE),
    row('none matches', [{ toPorts: '443', protocol: TCP }], HTTP, NONE),
    row('accept before reject', [{ protocol: TCP }, { reject: true }], HTTP, FIRST),
    row('reject before accept', [{ protocol: TCP, reject: true }, {}], HTTP, NONE),
    row('reject of others', [{ protocol: UDP, reject: true }, {}], HTTP, SECOND),
    row('the first of two accepts', [{ to: '10.0.0.0/8' }, {}], HTTP, FIRST),
  ]);
});

t.test('protocol', async (t) => {
  checkRows(t, [
    row('absent is every protocol', [{}], ICMP, FIRST),
    row('equal', [{ protocol: 1 }], ICMP, FIRST),
    row('another', [{ protocol: 2 }], ICMP, NONE),
    row('0 is hop-by-hop, not every protocol', [{ protocol: 0 }], ICMP, NONE),
    row('255', [{ protocol: 255 }], { protocol: 255 }, FIRST),
  ]);
});

t.test('prefixes', async (t) => {
  checkRows(t, [
    row('source', [{ from: '10.0.0.1/32' }], HTTP, FIRST),
    row('source is not destination', [{ from: '10.0.0.2/32' }], HTTP, NONE),
    row('destination', [{ to: '10.0.0.0/30' }], HTTP, FIRST),
    row('just outside', [{ to: '10.0.0.4/30' }], HTTP, NONE),
    row('high addresses', [{ to: '255.255.255.0/24' }], { to: '255.255.255.255' }, FIRST),
    row('/1 has a sign bit', [{ to: '128.0.0.0/1' }], { to: '192.168.0.1' }, FIRST),
    row('/1 below', [{ to: '0.0.0.0/1' }], { to: '192.168.0.1' }, NONE),
    row('IPv6 across words', [{ to: '2001:db8:0:1:8000::/65' }], v6('2001:db8:0:1:8000::5'), FIRST),
    row('IPv6 beside it', [{ to: '2001:db8:0:1:8000::/65' }], v6('2001:db8:0:1:7000::5'), NONE),
    row('IPv6 host', [{ to: '2001:db8::1/128' }], v6('2001:db8::1'), FIRST),
    row('0.0.0.0/0 is no IPv6', [{}], v6('2001:db8::1'), NONE),
    row('::/0 is no IPv4', [{ to: '::/0' }], HTTP, NONE),
  ]);
});

t.test('ports', async (t) => {
  const range = (fromPorts: string, toPorts: string): RuleWords => ({ protocol: TCP, fromPorts, toPorts });
  checkRows(t, [
    row('both ends are in', [range('5000-5001', '79-80')], HTTP, FIRST),
    row('below', [range('5001-6000', '80')], HTTP, NONE),
    row('above', [range('5000', '78-79')], HTTP, NONE),
    row('from 0', [range('0-5000', '0-80')], HTTP, FIRST),
    row('up to 65535', [range('5000-65535', '80-65535')], { ports: [5000, 65535] }, FIRST),
    row('the other protocol', [range('5000', '80')], { ...HTTP, protocol: UDP }, NONE),
    row('every port needs ports', [range('0-65535', '0-65535')], { protocol: TCP, fragment: 'later' }, NONE),
    row('every port, ports known', [range('0-65535', '0-65535')], HTTP, FIRST),
    row('ports cut off', [{ protocol: TCP, toPorts: '80' }], { protocol: TCP }, NONE),
    row('no ports wanted: later fragment', [{ protocol: TCP }], { protocol: TCP, fragment: 'later' }, FIRST),
    row(
      'no ports wanted: first fragment',
      [{ protocol: UDP }],
      { protocol: UDP, ports: [1, 2], fragment: 'first' },
      FIRST,
    ),
    row(
      'ports of a first fragment',
      [{ protocol: UDP, toPorts: '2' }],
      { protocol: UDP, ports: [1, 2], fragment: 'first' },
      FIRST,
    ),
    row(
      'a reject by port lets a fragment through',
      [{ ...range('0-65535', '80'), reject: true }, {}],
      { protocol: TCP, fragment: 'later' },
      SECOND,
    ),
  ]);
});

t.test('each direction has its own rules', async (t) => {
  const plan = sourcePlan([{ rules: [{ protocol: TCP, id: 'in' }], egress: [{ protocol: 1, id: 'out' }] }]);
  const name = (direction: 'ingress' | 'egress', frame: FrameWords) => {
    const { evaluate, outcomes } = compile(plan, direction);
    return verdictName(evaluate(decodedFrame(frame)), outcomes);
  };
  t.equal(name('ingress', HTTP), 'session 0: rule in');
  t.equal(name('ingress', ICMP), NONE);
  t.equal(name('egress', HTTP), NONE);
  t.equal(name('egress', ICMP), 'session 0: rule out');
});

function v6(to: string): FrameWords {
  return { from: 'fd00::1', to, ports: [5000, 80] };
}
