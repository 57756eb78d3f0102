/** What the running daemon counts: frames and copies that are lost or cut, and where the others stay. */

import type { SkipReason } from '../counters/skip-reason.js';
import type { LaneCounts, SessionCounts } from '../counters/snapshot.js';
import type { SourceStatus, Status } from '../status/status.js';
import { type DaemonFacts, type Facts, type LaneTraffic, runningDaemon } from './facts.js';
import { type Finding, finding } from './finding.js';
import { shellWord } from './shell-word.js';

const MEBIBYTE = 2 ** 20;
/** Of a source between two looks: fewer may be those that hosts send by themselves. */
const ENOUGH_FRAMES = 10;
/** Reasons that are as asked for. */
const AS_ASKED: readonly SkipReason[] = ['priority', 'rate'];
/** Reasons that another finding explains, by the target. */
const BY_TARGET: readonly SkipReason[] = ['no-route', 'refused', 'permission', 'target-down'];
const REMEDIES: Partial<Record<SkipReason, string>> = {
  backlog: 'a faster way to the target, or fewer copies: filters, packetLength, maximumBitsPerSecond',
  buffers:
    'tc -s qdisc show # the queue of the device is full: a faster link, or fewer copies: filters, packetLength',
  oversize: 'ip route get TARGET # the MTU of the path fell; see mtu-cuts',
  loop: 'the copies come back: traffic-mirror explain --packet … ; leave the device that carries them out of the sources',
  priority: 'nothing, if others are to have the link; else a link of its own for copies (docs/semantics.md)',
  rate: 'a higher maximumBitsPerSecond (engine, networkInterfaces, trafficMirrorTargets), or fewer copies',
};

/**
 * Reports `ring-drops`, `copies-cut`, `copies-late`, `copies-skipped`, `copies-limited`, `nothing-matches`,
 * `traffic` and `no-traffic`.
 */
export function checkCounts(facts: Facts): Finding[] {
  const daemon = runningDaemon(facts);
  if (daemon === undefined) return [];
  return [
    ...daemon.status.sources.flatMap((source) => checkSource(facts, daemon.status, source)),
    ...checkSkips(daemon),
    ...checkMatches(facts, daemon),
    ...daemon.traffic.flatMap((lane) => checkTraffic(facts, lane, daemon.seconds)),
  ];
}

function checkSource(facts: Facts, status: Status, source: SourceStatus): Finding[] {
  const { sourceId, troubles, ringDropped } = source;
  const lanes = status.lanes.filter((lane) => lane.sourceId === sourceId);
  const found: Finding[] = [];
  if (ringDropped > 0) {
    const isNow = troubles.includes('ring-drops');
    const read = lanes.reduce((sum, lane) => sum + lane.read.packets, 0);
    const share = percent(ringDropped, ringDropped + read);
    const text = `${ringDropped} frames (${share}) found no room in the ring since the daemon started${isNow ? ', and still do' : '; none of late'}`;
    found.push(finding(isNow ? 'error' : 'warning', 'ring-drops', sourceId, text, ringRemedy(facts, source)));
  }
  const cut = lanes.reduce((sum, lane) => sum + sumOf(lane.sessions, ({ cut }) => cut), 0);
  if (cut > 0) {
    const isNow = troubles.includes('cuts');
    const copies = lanes.reduce(
      (sum, lane) => sum + sumOf(lane.sessions, ({ matched }) => matched.packets),
      0,
    );
    const text = `${cut} copies were cut to the path MTU since the daemon started, of ${copies} frames that matched${isNow ? ', and still are' : '; none of late'}`;
    const remedy =
      'traffic-mirror doctor tells which MTU is too small (mtu-cuts); else packetLength, or engine.oversize: fragment';
    found.push(finding(isNow ? 'error' : 'warning', 'copies-cut', sourceId, text, remedy));
  }
  if (troubles.includes('behind')) {
    const behind = Math.max(0, ...lanes.map(({ behindSeconds }) => behindSeconds));
    const text = `copies leave ${behind.toFixed(1)} s after their frames passed`;
    const remedy =
      'more processor time (CPUWeight=), engine.workers: 2, or fewer copies: filters, packetLength';
    found.push(finding('warning', 'copies-late', sourceId, text, remedy));
  }
  return found;
}

function ringRemedy({ plan }: Facts, { ringBytes, ringWantedBytes }: SourceStatus): string {
  const others = 'engine.workers: 2, or narrower filters; then restart';
  if (ringBytes > 0 && ringBytes < ringWantedBytes) {
    return `engine.ringMemoryMegabytes: more, since it keeps this ring at ${Math.floor(ringBytes / MEBIBYTE)} of ${Math.floor(ringWantedBytes / MEBIBYTE)} MiB; or ${others}`;
  }
  const megabytes = Math.max(Math.ceil(ringBytes / MEBIBYTE), Number(plan.engine.ringMegabytes) || 1);
  const larger = Math.min(1024, Math.max(64, 4 * megabytes));
  return `engine.ringMegabytes: ${larger}; or ${others}`;
}

/** Copies that were skipped between the two looks, and are not explained by their target. */
function checkSkips({ status, before, seconds }: DaemonFacts): Finding[] {
  if (before === undefined) return [];
  const earlier = skipsOf(before.lanes);
  return [...skipsOf(status.lanes)].flatMap(([key, packets]) => {
    const [sessionId = '', reason = ''] = JSON.parse(key) as [string?, SkipReason?];
    const recent = packets - (earlier.get(key) ?? 0);
    if (recent <= 0 || BY_TARGET.includes(reason as SkipReason)) return [];
    const isAsked = AS_ASKED.includes(reason as SkipReason);
    const remedy = remedyOf(reason);
    const text = `${recent} copies were skipped in ${seconds.toFixed(1)} s (${reason})`;
    return isAsked
      ? [finding('hint', 'copies-limited', sessionId, text, remedy)]
      : [finding('error', 'copies-skipped', sessionId, text, remedy)];
  });
}

/** @param reason of a status: any text. */
function remedyOf(reason: string): string {
  const known = Object.hasOwn(REMEDIES, reason) ? REMEDIES[reason as SkipReason] : undefined;
  return known ?? 'traffic-mirror status # docs/semantics.md explains each reason';
}

/** By session and reason. */
function skipsOf(lanes: readonly LaneCounts[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { sessions } of lanes) {
    for (const { sessionId, skipped } of sessions) {
      for (const [reason, { packets }] of Object.entries(skipped)) {
        const key = JSON.stringify([sessionId, reason]);
        sums.set(key, (sums.get(key) ?? 0) + packets);
      }
    }
  }
  return sums;
}

/** Where frames stay: most never leave the kernel, since no session wants them. */
function checkTraffic(facts: Facts, lane: LaneTraffic, seconds: number): Finding[] {
  const { sourceId, direction, passed, read, matched, ringDropped } = lane;
  if (passed === undefined) return [];
  const verb = direction === 'ingress' ? 'received' : 'sent';
  const span = `in ${seconds.toFixed(1)} s`;
  if (passed === 0 && read === 0) {
    const text = `it ${verb} no frame ${span}: there is nothing to mirror in that direction`;
    const remedy = `${captureCommand(facts, sourceId)} # is this the device that the traffic passes?`;
    return [finding('hint', 'no-traffic', sourceId, text, remedy)];
  }
  const unread = Math.max(0, passed - read - ringDropped);
  const rest =
    unread === 0
      ? ''
      : `; the other ${unread} are of no interest to any session, and the kernel did not hand them over`;
  const text = `it ${verb} ${frames(passed)} ${span}, of which ${read} were read and ${matched} mirrored by a session${rest}`;
  return [
    finding('hint', 'traffic', sourceId, text, `${explainCommand(facts, sourceId)} # what its sessions want`),
  ];
}

/** Frames pass, and since the daemon started no session wanted one: rules that are of something else than was meant. */
function checkMatches(facts: Facts, { status, traffic, seconds }: DaemonFacts): Finding[] {
  return status.sources.flatMap(({ sourceId }) => {
    const lanes = status.lanes.filter((lane) => lane.sourceId === sourceId);
    const now = traffic.filter((lane) => lane.sourceId === sourceId);
    const passed = now.reduce((sum, lane) => sum + (lane.passed ?? 0), 0);
    const matched = now.reduce((sum, lane) => sum + lane.matched, 0);
    const ever = lanes.reduce((sum, { sessions }) => sum + sumOf(sessions, (one) => one.matched.packets), 0);
    if (passed < ENOUGH_FRAMES || matched > 0 || ever > 0 || lanes.length === 0) return [];
    const text = `none of the ${passed} frames that it received and sent in ${seconds.toFixed(1)} s is one that a session mirrors, and none was since the daemon started`;
    const remedy = `${captureCommand(facts, sourceId)} -c 5 # what passes? and what becomes of such a packet: ${explainCommand(facts, sourceId)} --packet 'tcp 10.1.0.2:40000 > 10.1.0.1:80' (ingress is what the source receives; --direction egress)`;
    return [finding('warning', 'nothing-matches', sourceId, text, remedy)];
  });
}

function captureCommand({ plan, sources }: Facts, sourceId: string): string {
  const device = plan.sources.find(({ id }) => id === sourceId)?.device ?? 'DEVICE';
  return `${sources.get(sourceId)?.place.prefix ?? ''}tcpdump -ni ${shellWord(device)}`;
}

function explainCommand({ configurationFile = 'FILE' }: Facts, sourceId: string): string {
  return `traffic-mirror explain --config ${shellWord(configurationFile)} --source ${shellWord(sourceId)}`;
}

function frames(count: number): string {
  return `${count} frame${count === 1 ? '' : 's'}`;
}

function sumOf(sessions: readonly SessionCounts[], count: (session: SessionCounts) => number): number {
  return sessions.reduce((sum, session) => sum + count(session), 0);
}

function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(1)} %`;
}
