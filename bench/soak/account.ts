/**
 * Where every frame of a soak went, counted by the kernel at both ends and by the daemon between them:
 *
 *     passed (source)       =  matched + dropped by the ring + untold
 *     matched               =  mirrored + skipped
 *     mirrored              =  arrived (nft, target) + lost on the way
 *
 * Passed has the frames that nft counts, which goes by the name of the device, and those that the same device passed
 * under another name (`NameIndependentCount`). Of those the engine mirrors the first few: the kernel tells of a rename by
 * an event, without a time, and no frame says what its device was called. They are matched until the event has come, and
 * untold from then on.
 *
 * Untold are frames that passed while no engine captured, and those of which an engine that was killed had not yet
 * reported. Copies that such an engine had already sent arrive untold: then more arrive than were mirrored by the count.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
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

/** @param renamed frames that passed while the device had another name. */
export function accountOf(topology: Topology, { lanes }: Status, renamed: number): Account {
  const sessions = lanes.flatMap((lane) => lane.sessions);
  return {
    passed: passedByName(topology) + renamed,
    matched: sum(sessions.map(({ matched }) => matched.packets)),
    ringDropped: sum(lanes.map(({ ringDropped }) => ringDropped)),
    mirrored: sum(sessions.map(({ mirrored }) => mirrored.packets)),
    skipped: sum(sessions.flatMap(({ skipped }) => Object.values(skipped)).map((amount) => amount.packets)),
    arrived: arrivals(topology),
  };
}

/** Frames that passed while the source had its name. */
function passedByName({ host }: Topology): number {
  return packets(host.run('nft', 'list', 'counter', 'netdev', 'soak', 'passed'));
}

/** Of a source that was renamed, until it had its name back. */
export interface Renamed {
  /** Frames that it passed under the other name. */
  readonly passed: number;
  /** Those of them that were matched, or dropped by the ring, before the engine had left it. */
  readonly captured: number;
}

/**
 * The frames of the load that a device passes, whatever it is called: tcpdump's socket belongs to the device, and the
 * kernel counts what its filter lets through, also what tcpdump has no time for.
 */
export class NameIndependentCount {
  readonly #child: ChildProcess;
  #said = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when it counts. */
  static async start({ host }: Topology): Promise<NameIndependentCount> {
    const options = [
      '-n',
      '-Z',
      'root',
      '-s',
      '64',
      '-Q',
      'in',
      '-i',
      'veth0',
      '-w',
      '/dev/null',
      'udp dst port 80',
    ];
    const child = host.spawn('tcpdump', options, { stdio: ['ignore', 'ignore', 'pipe'] });
    const count = new NameIndependentCount(child);
    await new Promise<void>((resolve, reject) => {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        count.#said += text;
        if (count.#said.includes('listening on')) resolve();
      });
      child.once('close', () => reject(new Error(`tcpdump ended: ${count.#said}`)));
    });
    return count;
  }

  /** Ends it. To be called while nothing is sent. */
  async stop(): Promise<number> {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGINT');
    await closed;
    const received = /^(\d+) packets? received by filter/m.exec(this.#said)?.[1];
    if (received === undefined) throw new Error(`tcpdump told no count: ${this.#said}`);
    return Number(received);
  }
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
