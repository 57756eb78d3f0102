/** `traffic-mirror status`: what the running daemon says, for a person or as JSON. */
import { BYTE_METRICS, type NetworkMetrics, PACKET_METRICS } from '../counters/network-metrics.js';
import type { LaneStatus, SourceStatus, Status } from '../status/status.js';
import { readStatus } from '../status/status-server.js';
import { formatLaneCounts } from './counts.js';
import { noAnswer, stateDirectory } from './running-daemon.js';

export async function status(options: { config?: string; json?: true }): Promise<void> {
  const directory = await stateDirectory(options.config);
  const current = await readStatus(directory).catch((error: Error) => {
    throw noAnswer(directory, error);
  });
  process.stdout.write(options.json === true ? `${JSON.stringify(current, null, 2)}\n` : format(current));
}

function format(current: Status): string {
  const restarts = current.engines.reduce((sum, engine) => sum + engine.restarts, 0);
  const lines = [
    `pid ${current.pid}, up ${Math.round(current.uptimeSeconds)} s, ${current.configurationFile}, ` +
      `I/O ${current.io}, engines ${current.engines.length}, restarts ${restarts}`,
    `health ${current.health.state}${current.health.reasons.map((reason) => `, ${reason}`).join('')}`,
    ...formatConfinement(current.engineConfinement),
    ...current.lanes.flatMap((lane) => ['', ...formatState(lane), ...formatLaneCounts(lane)]),
    ...current.sources.flatMap((source) => [
      '',
      `${source.sourceId} (${source.device})`,
      ...formatRing(source),
      ...formatMetrics(source, BYTE_METRICS),
      ...formatMetrics(source, PACKET_METRICS),
    ]),
    '',
    ...current.targets.map(
      ({ address, device, maximumInnerLength, state, reason }) =>
        `target ${address}  ${state}, ${reason === '' ? `by ${device}, frames up to ${maximumInnerLength} bytes` : reason}`,
    ),
    ...formatReload(current.reload),
  ];
  return `${lines.join('\n')}\n`;
}

/** Only what is not as it should be. A daemon of before tells nothing. */
function formatConfinement(confinement: Status['engineConfinement'] | undefined): string[] {
  const { landlock } = confinement ?? { landlock: 'abi' };
  return landlock.startsWith('abi') ? [] : [`engines are not confined, landlock ${landlock}`];
}

function formatReload({ lastResult, lastAt, problems }: Status['reload']): string[] {
  if (lastResult === 'none') return [];
  return ['', `configuration ${lastResult} at ${lastAt}`, ...problems];
}

/** Nothing on libpcap I/O, nor from a daemon of before. */
function formatRing({ ringBytes = 0, ringWantedBytes = 0, ringDropped }: SourceStatus): string[] {
  if (ringBytes === 0) return [];
  const size = `${ringBytes >> 20} MiB`;
  const bound =
    ringBytes < ringWantedBytes ? ` of ${ringWantedBytes >> 20}, for engine.ringMemoryMegabytes` : '';
  return [`  ring ${size}${bound}, ${ringDropped} frames dropped`];
}

/** Two to a line. */
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
