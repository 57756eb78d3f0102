/**
 * Where every frame of a soak went, counted by the kernel at both ends and by the daemon between them:
 *
 *     passed (nft, source)  =  matched + dropped by the ring + untold
 *     matched               =  mirrored + skipped
 *     mirrored              =  arrived (nft, target) + lost on the way
 *
 * Untold are frames that passed while no engine captured, and those of which an engine that was killed had not yet
 * reported. Copies that such an engine had already sent arrive untold: then more arrive than were mirrored by the count.
 */
import type { Topology } from '../../lab/topology.js';
import type { LaneCounts } from '../../src/counters/snapshot.js';
import type { Status } from '../../src/status/status.js';

/** Totals since the start, taken while nothing is sent; or the difference of two. */
export interface Account {
  readonly passed: number;
  readonly matched: number;
  readonly ringDropped: number;
  readonly mirrored: number;
  readonly skipped: number;
  readonly arrived: number;
}

/**
 * What a fault may harm besides what the daemon counts. source: frames pass while it is not captured; way: copies are
 * lost behind the kernel's send; engine: it ends, with counts that it had not told.
 */
export type Harm = 'nothing' | 'source' | 'way' | 'engine';

/** Counts the load at the source, from its device's own hook, behind capture; again when the device is a new one. */
export function countAtSource({ host }: Topology): void {
  const name = 'netdev soak source';
  const rules = 'type filter hook ingress device veth0 priority 0; udp dport 80 counter name passed;';
  host.run(
    'nft',
    `add table netdev soak; add counter netdev soak passed; ` +
      `add chain ${name}; flush chain ${name}; delete chain ${name}; add chain ${name} { ${rules} }`,
  );
}

/** Counts the copies at the target, where they go no further. */
export function countAtTarget({ ids }: Topology): void {
  const chain = 'type filter hook ingress device ids0 priority 0; udp dport 4789 counter name arrived drop;';
  ids.run(
    'nft',
    `add table netdev soak; add counter netdev soak arrived; add chain netdev soak target { ${chain} }`,
  );
}

/** Counts copies alone: a device that comes back sends packets of its own. */
export function arrivals({ ids }: Topology): number {
  return packets(ids.run('nft', 'list', 'counter', 'netdev', 'soak', 'arrived'));
}

export function accountOf(topology: Topology, { lanes }: Status): Account {
  const sessions = lanes.flatMap((lane) => lane.sessions);
  return {
    passed: packets(topology.host.run('nft', 'list', 'counter', 'netdev', 'soak', 'passed')),
    matched: sum(sessions.map(({ matched }) => matched.packets)),
    ringDropped: sum(lanes.map(({ ringDropped }) => ringDropped)),
    mirrored: sum(sessions.map(({ mirrored }) => mirrored.packets)),
    skipped: sum(sessions.flatMap(({ skipped }) => Object.values(skipped)).map((amount) => amount.packets)),
    arrived: arrivals(topology),
  };
}

/** What was added between two accounts. */
export function difference(after: Account, before: Account): Account {
  return {
    passed: after.passed - before.passed,
    matched: after.matched - before.matched,
    ringDropped: after.ringDropped - before.ringDropped,
    mirrored: after.mirrored - before.mirrored,
    skipped: after.skipped - before.skipped,
    arrived: after.arrived - before.arrived,
  };
}

export function untold({ passed, matched, ringDropped }: Account): number {
  return passed - matched - ringDropped;
}

/** @returns what of a difference does not add up. */
export function problemsOf(account: Account, harm: Harm): string[] {
  const { matched, mirrored, skipped, arrived } = account;
  const rules: readonly (readonly [isKept: boolean, text: string])[] = [
    [Object.values(account).every((count) => count >= 0), 'a total went back'],
    [matched === mirrored + skipped, 'matched is not mirrored and skipped'],
    [untold(account) >= 0, 'more was matched than passed'],
    [harm === 'source' || harm === 'engine' || untold(account) === 0, 'frames that passed were not counted'],
    [harm === 'engine' || arrived <= mirrored, 'more arrived than was mirrored'],
    [harm === 'engine' || harm === 'way' || arrived === mirrored, 'copies did not arrive'],
  ];
  return rules.filter(([isKept]) => !isKept).map(([, text]) => `${text}: ${JSON.stringify(account)}`);
}

/** @returns what of the daemon's own totals does not add up, lane by lane. */
export function laneProblems({ lanes }: Status): string[] {
  return lanes.flatMap((lane) => {
    const { direction, read, unmatched, unparsable } = lane;
    const matched = sum(lane.sessions.map((session) => session.matched.packets));
    const others = sum(Object.values(lane.unmirrored));
    const isWhole = read.packets === matched + unmatched + unparsable + others;
    return [
      ...(isWhole ? [] : [`${direction}: read is not the sum of its parts`]),
      ...lane.sessions.flatMap(sessionProblems),
    ];
  });
}

function sessionProblems(session: LaneCounts['sessions'][number]): string[] {
  const { sessionId, matched, segmented, segments, mirrored } = session;
  const skipped = sum(Object.values(session.skipped).map(({ packets }) => packets));
  const isWhole = mirrored.packets + skipped === matched.packets - segmented + segments;
  return isWhole ? [] : [`${sessionId}: mirrored and skipped are not what was due`];
}

/** Reads the output of `nft list counter`. */
function packets(listed: string): number {
  return Number(/packets (\d+)/.exec(listed)?.[1]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
