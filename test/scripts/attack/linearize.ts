/** The judge of concurrent calls finds the order that there is, and finds none where there is none. */
import t from 'tap';
import { type Exchange, linearize } from '../../../scripts/attack/model/linearize.js';
import { type Shown, shownOf } from '../../../scripts/attack/model/observe.js';
import { EMPTY, inventoryOf, type Session, type State } from '../../../scripts/attack/model/state.js';

const [FIRST, SECOND] = ['111122223333', '444455556666'];
const INVENTORY = inventoryOf([FIRST, SECOND]);

const SESSION: Session = {
  id: 'tms-1',
  owner: FIRST,
  source: 'eni-shared',
  target: 'tmt-1',
  filter: 'tmf-1',
  number: '1',
  packetLength: undefined,
  vni: '7',
  description: undefined,
  tags: {},
};
const STATE: State = {
  ...EMPTY,
  targets: new Map([
    [
      'tmt-1',
      {
        id: 'tmt-1',
        owner: FIRST,
        receiver: ['NetworkInterfaceId', 'eni-ids'],
        description: undefined,
        tags: {},
      },
    ],
  ]),
  filters: new Map([
    ['tmf-1', { id: 'tmf-1', owner: FIRST, services: [], description: undefined, tags: {} }],
  ]),
  sessions: new Map([['tms-1', SESSION]]),
};

/** A session as an answer has it. */
function told(session: Session) {
  return {
    trafficMirrorSession: {
      trafficMirrorSessionId: session.id,
      ownerId: session.owner,
      networkInterfaceId: session.source,
      trafficMirrorTargetId: session.target,
      trafficMirrorFilterId: session.filter,
      sessionNumber: session.number,
      virtualNetworkId: session.vni,
      tagSet: '',
    },
  };
}

function modify(session: Session): Exchange {
  const values = { TrafficMirrorSessionId: session.id, SessionNumber: session.number };
  return {
    call: { account: FIRST, action: 'ModifyTrafficMirrorSession', values },
    code: undefined,
    content: told(session),
  };
}

function create(session: Session, code?: string): Exchange {
  const values = {
    NetworkInterfaceId: session.source,
    TrafficMirrorTargetId: session.target,
    TrafficMirrorFilterId: session.filter,
    SessionNumber: session.number,
  };
  const content = code === undefined ? told(session) : {};
  return { call: { account: session.owner, action: 'CreateTrafficMirrorSession', values }, code, content };
}

function remove(kind: 'Target' | 'Session', id: string, code?: string): Exchange {
  const values = { [`TrafficMirror${kind}Id`]: id };
  return { call: { account: FIRST, action: `DeleteTrafficMirror${kind}`, values }, code, content: {} };
}

function withSessions(...sessions: readonly Session[]): Shown {
  return shownOf({ ...STATE, sessions: new Map(sessions.map((session) => [session.id, session])) });
}

const two = { ...SESSION, number: '2' };
const three = { ...SESSION, number: '3' };
const another: Session = { ...SESSION, id: 'tms-2', number: '2', vni: '8' };

const rows: { name: string; exchanges: readonly Exchange[]; shown: Shown; want: boolean }[] = [
  { name: 'nothing was called', exchanges: [], shown: shownOf(STATE), want: true },
  { name: 'something else is there', exchanges: [], shown: withSessions(two), want: false },
  {
    name: 'the later change is there',
    exchanges: [modify(two), modify(three)],
    shown: withSessions(three),
    want: true,
  },
  { name: 'the other order', exchanges: [modify(two), modify(three)], shown: withSessions(two), want: true },
  {
    name: 'both were acknowledged, and neither is there',
    exchanges: [modify(two), modify(three)],
    shown: withSessions(SESSION),
    want: false,
  },
  { name: 'a creation', exchanges: [create(another)], shown: withSessions(SESSION, another), want: true },
  {
    name: 'a creation that is not there',
    exchanges: [create(another)],
    shown: withSessions(SESSION),
    want: false,
  },
  {
    name: 'a refused change was made',
    exchanges: [create(another, 'InvalidParameterValue')],
    shown: withSessions(SESSION, another),
    want: false,
  },
  {
    name: 'refused for no reason',
    exchanges: [create(another, 'InvalidParameterValue')],
    shown: withSessions(SESSION),
    want: false,
  },
  {
    name: 'refused for a reason',
    exchanges: [create({ ...another, number: '1' }, 'InvalidParameterValue')],
    shown: withSessions(SESSION),
    want: true,
  },
  {
    name: 'refused with another code',
    exchanges: [create({ ...another, number: '1' }, 'TrafficMirrorSessionLimitExceeded')],
    shown: withSessions(SESSION),
    want: false,
  },
  {
    name: 'a session number twice',
    exchanges: [create({ ...another, number: '1' })],
    shown: withSessions(SESSION, { ...another, number: '1' }),
    want: false,
  },
  {
    name: 'a session number that was given up at once',
    exchanges: [create({ ...another, number: '1' }), modify(two)],
    shown: withSessions(two, { ...another, number: '1' }),
    want: true,
  },
  {
    name: 'a network identifier chosen twice',
    exchanges: [create({ ...another, vni: '7' })],
    shown: withSessions(SESSION, { ...another, vni: '7' }),
    want: false,
  },
  {
    name: 'a target that is in use was deleted',
    exchanges: [remove('Target', 'tmt-1')],
    shown: shownOf({ ...STATE, targets: new Map() }),
    want: false,
  },
  {
    name: 'a target and its session were deleted',
    exchanges: [remove('Target', 'tmt-1'), remove('Session', 'tms-1')],
    shown: shownOf({ ...STATE, targets: new Map(), sessions: new Map() }),
    want: true,
  },
  {
    name: 'a session with the target of another account',
    exchanges: [create({ ...another, owner: SECOND })],
    shown: withSessions(SESSION, { ...another, owner: SECOND }),
    want: false,
  },
];

const TOKEN = {
  ...create(another),
  call: { ...create(another).call, values: { ...create(another).call.values, ClientToken: 'a' } },
};
const UNKNOWN = { ...TOKEN, code: 'InvalidTrafficMirrorSessionId.NotFound', content: {} };

t.test('a creation that is asked for again', async (t) => {
  const there = withSessions(SESSION, another);
  const again = (exchange: Exchange, shown: Shown) =>
    linearize(STATE, [TOKEN, exchange], shown, INVENTORY).ok;
  t.ok(again(TOKEN, there), 'tells the same');
  t.notOk(again({ ...TOKEN, content: told({ ...another, id: 'tms-3' }) }, there), 'not another one');
  t.notOk(again(UNKNOWN, there), 'is found while it is there');
  const deleted = linearize(
    STATE,
    [TOKEN, remove('Session', 'tms-2'), UNKNOWN],
    withSessions(SESSION),
    INVENTORY,
  );
  t.ok(deleted.ok, 'may not be found when it was deleted since');
});

for (const { name, exchanges, shown, want } of rows) {
  t.test(name, async (t) => {
    const found = linearize(STATE, exchanges, shown, INVENTORY);
    t.equal(found.ok, want);
    if (found.ok) t.same(shownOf(found.state), shown);
    else t.not(found.why, '', 'what stood against it is told');
  });
}
