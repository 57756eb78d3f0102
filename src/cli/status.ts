/** `traffic-mirror status`: the status of the running daemon, as text or as JSON. */
import { BYTE_METRICS, type NetworkMetrics, PACKET_METRICS } from '../counters/network-metrics.js';
import { type LaneCounts, REMOVED_SESSIONS, type SessionCounts } from '../counters/snapshot.js';
import { LANE_COUNTS, SESSION_COUNTS } from '../counters/table.js';
import type { LaneStatus, SourceStatus, Status } from '../status/status.js';
import { readStatus } from '../status/status-server.js';
import { loadBalancerLines, sessionLines } from './activity-lines.js';
import { noAnswer, stateDirectory } from './running-daemon.js';
import { safeText } from './terminal-text.js';

/** Problems of a failed reload that are shown. */
const SHOWN_PROBLEMS = 5;

/** @throws CommandError when no daemon answers (rejects) */
export async function status(options: { config?: string; json?: true }): Promise<void> {
  const directory = await stateDirectory(options.config);
  const current = await readStatus(directory).catch((error: Error) => {
    throw noAnswer(directory, error);
  });
  const text = options.json === true ? `${JSON.stringify(current, null, 2)}\n` : formatStatus(current);
  process.stdout.write(text);
}

/** The counts of a lane as lines of text. Each line is an equation, and its sums can be checked. */
export function formatLaneCounts(lane: LaneCounts): string[] {
  const matched = lane.sessions.reduce((sum, session) => sum + session.matched.packets, 0);
  const unmirrored = Object.entries(lane.unmirrored).map(([type, count]) => `${count} ${type}`);
  const terms = LANE_COUNTS.flatMap((row) => ('note' in row ? [] : [` + ${row.name} ${lane[row.name]}`]));
  return [
    `  read ${lane.read.packets} = matched ${matched}${terms.join('')}` +
      ` + unmirrored ${unmirrored.join(' + ') || '0'}`,
    ...LANE_COUNTS.flatMap((row) =>
      'note' in row && lane[row.name] > 0 ? [`  ${row.note}: ${lane[row.name]}`] : [],
    ),
    ...lane.sessions.flatMap(formatSession),
  ];
}

/** The status as text, safe for a terminal. */
export function formatStatus(current: Status): string {
  const restarts = current.engines.reduce((sum, engine) => sum + engine.restarts, 0);
  const lines = [
    `pid ${current.pid}, up ${Math.round(current.uptimeSeconds)} s, ${current.configurationFile}, ` +
      `I/O ${current.io}, engines ${current.engines.length}, restarts ${restarts}`,
    ...formatFailedReload(current.reload),
    `health ${current.health.state}${current.health.reasons.map((reason) => `, ${reason}`).join('')}`,
    ...formatNotes(current),
    ...formatConfinement(current.engineConfinement),
    ...current.lanes.flatMap((lane) => ['', ...formatState(lane), ...formatLaneCounts(lane)]),
    // A daemon of an older version does not tell of them.
    ...(current.removedLanes ?? []).flatMap((lane) => [
      '',
      `${lane.sourceId} ${lane.direction}: not mirrored any more`,
      ...formatLaneCounts(lane),
    ]),
    ...current.sources.flatMap((source) => [
      '',
      `${source.sourceId} (${source.device})`,
      ...formatRing(source),
      ...formatMetrics(source, BYTE_METRICS),
      ...formatMetrics(source, PACKET_METRICS),
    ]),
    '',
    ...sessionLines(current.sessions),
    ...loadBalancerLines(current.loadBalancers),
    ...current.targets.map(
      ({ address, device, maximumInnerLength, state, reason, emission, emissionReason }) =>
        `target ${address}  ${state}, ` +
        (reason === '' ? `by ${device}, frames up to ${maximumInnerLength} bytes, ${emission}` : reason) +
        (emissionReason === '' ? '' : ` (${emissionReason})`),
    ),
    ...formatReload(current.reload),
  ];
  return safeText(`${lines.join('\n')}\n`);
}

/** What a daemon of an older version does not report is left out. */
function formatNotes({ health, engines }: Status): string[] {
  const thrownAway = engines.reduce((sum, { xdpInvalidDescriptors = 0 }) => sum + xdpInvalidDescriptors, 0);
  const ages = engines.flatMap(({ countersAgeMs }) => countersAgeMs ?? []);
  return [
    ...(health.notes ?? []).map((note) => `note: ${note}`),
    ...(thrownAway > 0
      ? [`AF_XDP: the kernel threw away ${thrownAway} descriptors, whose copies count as mirrored`]
      : []),
    ...(ages.length > 0 ? [`counters of ${(Math.max(...ages) / 1000).toFixed(1)} s ago`] : []),
  ];
}

/** Says only that something is missing. A daemon of an older version does not report its confinement. */
function formatConfinement(confinement: Status['engineConfinement'] | undefined): string[] {
  const { landlock } = confinement ?? { landlock: 'abi' };
  return landlock.startsWith('abi') ? [] : [`engines are not confined, landlock ${landlock}`];
}

/** In front: what an operator changed last is not what runs. */
function formatFailedReload({ lastResult, lastAt, problems }: Status['reload']): string[] {
  if (lastResult !== 'failed') return [];
  const [first = 'unknown', ...others] = problems;
  const shown = others.slice(0, SHOWN_PROBLEMS - 1);
  const left = others.length - shown.length;
  return [
    `reload failed at ${lastAt}, the configuration before goes on: ${first}`,
    ...shown.map((problem) => `  ${problem}`),
    ...(left > 0 ? [`  and ${left} more: traffic-mirror check`] : []),
  ];
}

function formatReload({ lastResult, lastAt }: Status['reload']): string[] {
  return lastResult === 'applied' ? ['', `configuration applied at ${lastAt}`] : [];
}

/** The ring of a source; nothing on libpcap I/O, nor from an older daemon. */
function formatRing({ ringBytes = 0, ringWantedBytes = 0, ringDropped }: SourceStatus): string[] {
  if (ringBytes === 0) return [];
  const size = `${ringBytes >> 20} MiB`;
  const bound =
    ringBytes < ringWantedBytes ? ` of ${ringWantedBytes >> 20}, for engine.ringMemoryMegabytes` : '';
  return [`  ring ${size}${bound}, ${ringDropped} frames dropped`];
}

/** Two metrics to a line. */
function formatMetrics(metrics: NetworkMetrics, names: readonly (keyof NetworkMetrics)[]): string[] {
  const [mirrorIn, mirrorOut, skipIn, skipOut] = names.map((name) => `${name} ${metrics[name]}`);
  return [`  ${mirrorIn}, ${mirrorOut}`, `  ${skipIn}, ${skipOut}`];
}

function formatState(lane: LaneStatus): string[] {
  const { sourceId, device, netns, direction, state, reason, carrier, since, blindSeconds, timesLost } = lane;
  const place = netns === undefined ? device : `${device} in ${netns}`;
  const notes = [
    ...(reason === '' ? [] : [reason]),
    ...(state === 'capturing' && !carrier ? ['no carrier'] : []),
  ];
  return [
    `${sourceId} (${place}) ${direction}: ${[state, ...notes].join(', ')}`,
    `  since ${since}, blind for ${blindSeconds.toFixed(1)} s in all, lost ${timesLost} times`,
  ];
}

/** Of sessions that were deleted, the counts are one sum. */
export function sessionName({ sessionId, removedSessionIds = [] }: SessionCounts): string {
  if (sessionId !== REMOVED_SESSIONS) return sessionId;
  return `deleted sessions${removedSessionIds.length > 0 ? ` (${removedSessionIds.join(', ')})` : ''}`;
}

function formatSession(session: SessionCounts): string[] {
  const skipped = Object.entries(session.skipped).map(([reason, { packets }]) => `${packets} ${reason}`);
  const segmented =
    session.segmented > 0 ? ` - segmented ${session.segmented} + segments ${session.segments}` : '';
  const notes = SESSION_COUNTS.flatMap((row) =>
    'note' in row && session[row.name] > 0 ? [`${session[row.name]} ${row.note}`] : [],
  );
  const decided = [
    ...session.rules.map(({ ruleId, packets }) => ({ name: ruleId, packets })),
    ...Object.entries(session.services).map(([name, packets]) => ({ name, packets })),
  ].filter(({ packets }) => packets > 0);
  return [
    `    ${sessionName(session)}: matched ${session.matched.packets}${segmented} =` +
      ` mirrored ${session.mirrored.packets} + skipped ${skipped.join(' + ') || '0'}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`,
    ...(decided.length > 0
      ? [`      by ${decided.map(({ name, packets }) => `${name} ${packets}`).join(', ')}`]
      : []),
  ];
}
