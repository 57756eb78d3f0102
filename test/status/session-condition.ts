/** When a session is active, and the first cause why it is not. */
import t from 'tap';
import type { Direction } from '../../src/plan/mirror-plan.js';
import type { SessionCondition } from '../../src/plan/session-activity.js';
import { conditionOf, type Reported } from '../../src/status/session-condition.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

type Lanes = Partial<Record<Direction, { state: string; reason: string }>>;

const CAPTURING = { state: 'capturing', reason: '' };
const MISSING = { state: 'waiting', reason: 'device veth0 does not exist' };
const dead = (reason: string) => ({ state: 'unreachable', reason });

interface Row {
  readonly name: string;
  readonly lanes?: Lanes;
  readonly targets?: Readonly<Record<string, { state: string; reason: string }>>;
  readonly addresses?: readonly string[];
  readonly accepts?: boolean;
  readonly want: SessionCondition;
}

const inactive = (cause: 'filter' | 'source' | 'starting' | 'target', reason: string): SessionCondition => ({
  active: false,
  cause,
  reason,
});

const rows: readonly Row[] = [
  {
    name: 'all is well',
    targets: { '10.9.0.2': { state: 'reachable', reason: '' } },
    want: { active: true },
  },
  { name: 'nothing is reported of the target yet', want: { active: true } },
  {
    name: 'a suspect target gets copies',
    targets: { '10.9.0.2': { state: 'suspect', reason: 'refused' } },
    want: { active: true },
  },
  {
    name: 'the device is gone',
    lanes: { ingress: MISSING },
    want: inactive('source', 'source eni-1 ingress: device veth0 does not exist'),
  },
  {
    name: 'a direction that it does not want is not captured',
    lanes: { egress: MISSING },
    want: { active: true },
  },
  {
    name: 'the start',
    lanes: { ingress: { state: 'waiting', reason: 'starting' } },
    want: inactive('starting', 'source eni-1 ingress: starting'),
  },
  {
    name: 'the start of a worker',
    lanes: { ingress: { state: 'waiting', reason: 'worker 2: starting' } },
    want: inactive('starting', 'source eni-1 ingress: worker 2: starting'),
  },
  {
    name: 'the target is dead',
    targets: { '10.9.0.2': dead('no route') },
    want: inactive('target', 'target tmt-1: 10.9.0.2: no route'),
  },
  {
    name: 'one of two is dead',
    addresses: ['10.9.0.2', '10.9.0.3'],
    targets: { '10.9.0.2': dead('no route'), '10.9.0.3': { state: 'reachable', reason: '' } },
    want: { active: true },
  },
  {
    name: 'both are dead',
    addresses: ['10.9.0.2', '10.9.0.3'],
    targets: { '10.9.0.2': dead('no route'), '10.9.0.3': dead('its health check fails') },
    want: inactive(
      'target',
      'target tmt-1: none of the 2 addresses can be reached, first 10.9.0.2: no route',
    ),
  },
  {
    name: 'a filter that accepts nothing',
    accepts: false,
    want: inactive('filter', 'its filter accepts nothing'),
  },
  {
    name: 'the source comes before the target',
    lanes: { ingress: MISSING },
    targets: { '10.9.0.2': dead('no route') },
    want: inactive('source', 'source eni-1 ingress: device veth0 does not exist'),
  },
];

for (const { name, lanes = {}, targets = {}, addresses = ['10.9.0.2'], accepts = true, want } of rows) {
  t.test(name, async (t) => {
    const plan = sourcePlan([{ rules: accepts ? [{}] : [] }]);
    const source = { ...plan, id: 'eni-1' };
    const [first] = plan.sessions;
    const session = {
      ...first!,
      rules: { ingress: first!.rules.ingress, egress: [] },
      targetId: 'tmt-1',
      targetAddresses: addresses,
    };
    const reported: Reported = {
      lane: (_, direction) => lanes[direction] ?? CAPTURING,
      target: (address) => targets[address],
    };
    t.strictSame(conditionOf(source, session, reported), want);
  });
}
