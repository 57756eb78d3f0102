/** Since when sessions are active or not, what is logged of it, and that only what changed is looked at. */
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { SessionLog } from '../../src/daemon/session-log.js';
import { SessionWatch } from '../../src/daemon/session-watch.js';
import type { InactiveSessionPlan, MirrorPlan, SourcePlan } from '../../src/plan/mirror-plan.js';
import { sessionPlan } from '../fixtures/plans/builders.js';

interface Report {
  state: string;
  reason: string;
}

const CAPTURING = { state: 'capturing', reason: '' };
const STARTING = { state: 'waiting', reason: 'starting' };
const MISSING = { state: 'waiting', reason: 'device veth0 does not exist' };

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

function open(t: Test) {
  const lines: Line[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line) => void lines.push(JSON.parse(line)) });
  const lanes = new Map<string, Report>();
  const targets = new Map<string, Report>();
  /** Sources of which a lane was asked for. */
  const asked: string[] = [];
  const watch = new SessionWatch({
    log,
    lane: (sourceId) => {
      asked.push(sourceId);
      return lanes.get(sourceId) ?? STARTING;
    },
    target: (address) => targets.get(address) as { state: 'reachable'; reason: string } | undefined,
  });
  t.teardown(() => watch.close());
  return { watch, lines, lanes, targets, asked };
}

function source(id: string, address = '10.9.0.2', sessionIds = [`tms-${id}`]): SourcePlan {
  return {
    id,
    device: 'veth0',
    unmirrored: [],
    amazonDnsAddresses: [],
    sessions: sessionIds.map((sessionId) => ({
      ...sessionPlan({ id: sessionId, rules: [{}] }),
      targetId: 'tmt-1',
      targetAddresses: [address],
    })),
  };
}

function unplanned(id: string, reason = 'target tmt-1 is not shared'): InactiveSessionPlan {
  return { id, sourceId: 'eni-x', sessionNumber: 1, vni: 1, targetId: 'tmt-1', cause: 'resource', reason };
}

const planOf = (
  sources: readonly SourcePlan[],
  inactiveSessions: readonly InactiveSessionPlan[] = [],
): Pick<MirrorPlan, 'sources' | 'inactiveSessions'> => ({ sources, inactiveSessions });

/** Timestamps have milliseconds: waits until the clock shows another. */
function passTime(): void {
  const before = Date.now();
  while (Date.now() === before);
}

t.test('from the start over a lost device and a dead target to the end', async (t) => {
  const { watch, lines, lanes, targets } = open(t);
  watch.setPlan(planOf([source('eni-1')]));
  const starting = watch.of('tms-eni-1');
  t.match(starting, { active: false, cause: 'starting' });
  t.strictSame(lines, [], 'the start is told by the lines of lanes');
  passTime();
  lanes.set('eni-1', CAPTURING);
  watch.sourceChanged('eni-1');
  const active = watch.of('tms-eni-1');
  t.match(active, { active: true });
  t.ok(active!.since > starting!.since, 'since now');
  passTime();
  lanes.set('eni-1', MISSING);
  watch.sourceChanged('eni-1');
  const lost = watch.of('tms-eni-1');
  t.match(lost, {
    active: false,
    cause: 'source',
    reason: 'source eni-1 ingress: device veth0 does not exist',
  });
  t.ok(lost!.since > active!.since);
  passTime();
  lanes.set('eni-1', { state: 'waiting', reason: 'device veth0 is down' });
  watch.sourceChanged('eni-1');
  t.match(watch.of('tms-eni-1'), { reason: /is down/, since: lost!.since }, 'another reason, the same time');
  lanes.set('eni-1', CAPTURING);
  targets.set('10.9.0.2', { state: 'unreachable', reason: 'no route' });
  watch.sourceChanged('eni-1');
  watch.targetChanged('10.9.0.2');
  t.match(watch.of('tms-eni-1'), { active: false, cause: 'target' });
  targets.set('10.9.0.2', { state: 'reachable', reason: '' });
  watch.targetChanged('10.9.0.2');
  t.match(watch.of('tms-eni-1'), { active: true });
  watch.setPlan(planOf([]));
  t.equal(watch.of('tms-eni-1'), undefined, 'gone with the plan');
  const named = { sessionId: 'tms-eni-1', sourceId: 'eni-1', targetId: 'tmt-1' };
  t.strictSame(lines, [
    { level: 30, ...named, msg: 'session active' },
    {
      level: 40,
      ...named,
      cause: 'source',
      reason: 'source eni-1 ingress: device veth0 does not exist',
      msg: 'session inactive',
    },
    {
      level: 40,
      ...named,
      cause: 'source',
      reason: 'source eni-1 ingress: device veth0 is down',
      msg: 'session inactive',
    },
    {
      level: 40,
      ...named,
      cause: 'target',
      reason: 'target tmt-1: 10.9.0.2: no route',
      msg: 'session inactive',
    },
    { level: 30, ...named, msg: 'session active' },
  ]);
});

t.test('reports are judged by themselves, together', async (t) => {
  const { watch, lines, lanes } = open(t);
  watch.setPlan(planOf([source('eni-1')]));
  lanes.set('eni-1', CAPTURING);
  watch.sourceChanged('eni-1');
  watch.sourceChanged('eni-1');
  t.strictSame(lines, []);
  while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  t.match(lines, [{ msg: 'session active' }]);
});

t.test('between the plan and the sessions that have no part in it', async (t) => {
  const { watch, lines, lanes } = open(t);
  lanes.set('eni-1', CAPTURING);
  const both = source('eni-1', '10.9.0.2', ['tms-1', 'tms-2']);
  watch.setPlan(planOf([both]));
  const { since } = watch.of('tms-1')!;
  passTime();
  watch.setPlan(planOf([source('eni-1', '10.9.0.2', ['tms-1'])], [unplanned('tms-2')]));
  t.match(watch.of('tms-1'), { active: true, since }, 'the other session of the source goes on');
  t.match(watch.of('tms-2'), { active: false, cause: 'resource', reason: 'target tmt-1 is not shared' });
  const inactive = watch.of('tms-2')!;
  passTime();
  watch.setPlan(
    planOf([source('eni-1', '10.9.0.2', ['tms-1'])], [unplanned('tms-2', 'target tmt-1 is gone')]),
  );
  t.match(watch.of('tms-2'), { reason: 'target tmt-1 is gone', since: inactive.since });
  watch.setPlan(
    planOf([source('eni-1', '10.9.0.2', ['tms-1'])], [unplanned('tms-2', 'target tmt-1 is gone')]),
  );
  watch.setPlan(planOf([both]));
  t.match(watch.of('tms-2'), { active: true });
  t.ok(watch.of('tms-2')!.since > inactive.since);
  t.strictSame(
    lines.map(({ msg, sessionId }) => `${msg} ${sessionId}`),
    [
      'session active tms-1',
      'session active tms-2',
      'session inactive tms-2',
      'session inactive tms-2',
      'session active tms-2',
    ],
  );
  watch.setPlan(planOf([], [unplanned('tms-2')]));
  watch.setPlan(planOf([]));
  t.equal(watch.of('tms-2'), undefined);
});

t.test('a session that is about to be judged when its plan goes is forgotten', async (t) => {
  const { watch, lanes } = open(t);
  lanes.set('eni-1', CAPTURING);
  watch.setPlan(planOf([source('eni-1')]));
  watch.sourceChanged('eni-1');
  watch.setPlan(planOf([]));
  t.equal(watch.of('tms-eni-1'), undefined);
  lanes.set('eni-1', MISSING);
  watch.sourceChanged('eni-1');
  watch.targetChanged('10.9.0.2');
  t.equal(watch.of('tms-eni-1'), undefined);
});

t.test('what did not change is not looked at', async (t) => {
  const { watch, lanes, targets, asked } = open(t);
  const sources = Array.from({ length: 1000 }, (_, index) =>
    source(`eni-${index}`, `10.9.0.${2 + (index % 4)}`),
  );
  for (const { id } of sources) lanes.set(id, CAPTURING);
  watch.setPlan(planOf(sources));
  t.equal(asked.length, 1000, 'at first all are');
  asked.length = 0;
  watch.setPlan(planOf([source('eni-0', '10.9.0.3'), ...sources.slice(1), source('eni-new')]));
  t.strictSame(asked, ['eni-0', 'eni-new'], 'of a plan, its change');
  asked.length = 0;
  watch.sourceChanged('eni-7');
  watch.of('tms-eni-7');
  t.strictSame(asked, ['eni-7'], 'of a report, its source');
  asked.length = 0;
  targets.set('10.9.0.2', { state: 'unreachable', reason: 'no route' });
  watch.targetChanged('10.9.0.2');
  t.match(watch.of('tms-eni-4'), { active: false });
  t.match(watch.of('tms-eni-0'), { active: true }, 'not the session that went to another target');
  t.equal(asked.length, 250, 'of a target, its sessions');
  watch.targetChanged('10.1.2.3');
  watch.sourceChanged('eni-none');
  watch.of('tms-eni-4');
  t.equal(asked.length, 250, 'nothing is known of it');
});

t.test(
  'sessions of matches have lines at the level debug, and leave those of the others their room',
  async (t) => {
    const lines: Line[] = [];
    const log = pino(
      { base: null, timestamp: false, level: 'debug' },
      { write: (line) => void lines.push(JSON.parse(line)) },
    );
    const lanes = new Map<string, Report>();
    const watch = new SessionWatch({
      log,
      lane: (sourceId) => lanes.get(sourceId) ?? CAPTURING,
      target: () => undefined,
    });
    t.teardown(() => watch.close());
    const matches = Array.from({ length: 150 }, (_, index) => ({
      ...source(`eni-pod-${index}`),
      selectorId: 'pods',
    }));
    const unmirrored = { ...unplanned('tms-zone'), sourceId: 'eni-pod-0', selectorId: 'pods' };
    watch.setPlan(planOf([...matches, source('eni-1')], [unmirrored]));
    const debug = lines.filter(({ level }) => level === 20);
    t.equal(debug.length, 151);
    t.match(
      debug.find(({ msg }) => msg === 'session inactive'),
      { sessionId: 'tms-zone', selectorId: 'pods', reason: unmirrored.reason },
    );
    t.strictSame(
      lines.filter(({ level }) => level > 20),
      [{ level: 30, sessionId: 'tms-eni-1', sourceId: 'eni-1', targetId: 'tmt-1', msg: 'session active' }],
    );
  },
);

t.test('thousands of changes are counted', async (t) => {
  const lines: Line[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line) => void lines.push(JSON.parse(line)) });
  const changes = new SessionLog(log, 3);
  const change = (index: number, active: boolean): void =>
    changes.changed(
      { sessionId: `tms-${index}`, sourceId: 'eni-1', targetId: 'tmt-1' },
      active ? { active: true } : { active: false, cause: 'target', reason: 'no route' },
    );
  for (let index = 0; index < 5000; index++) change(index, index % 10 === 0);
  t.equal(lines.length, 3);
  changes.close();
  t.strictSame(lines.slice(3), [
    {
      level: 40,
      active: 499,
      inactive: 4498,
      msg: 'more sessions became active or inactive than are logged',
    },
  ]);
});
