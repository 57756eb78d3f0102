/** `traffic-mirror status`: what the running daemon says, for a person or as JSON. */
import { DEFAULT_STATE_DIRECTORY } from '../config/settings-schema.js';
import type { LaneStatus, Status } from '../daemon/status.js';
import { readStatus, statusSocketPath } from '../daemon/status-server.js';
import { CommandError } from './command-error.js';
import { requireConfiguration } from './configuration.js';
import { formatLaneCounts } from './counts.js';
import { EXIT_BAD_INPUT } from './exit-codes.js';

export async function status(options: { config?: string; json?: true }): Promise<void> {
  const directory =
    options.config === undefined
      ? DEFAULT_STATE_DIRECTORY
      : (await requireConfiguration(options.config)).state.directory;
  const current = await readStatus(directory).catch((error: Error) => {
    throw new CommandError(
      EXIT_BAD_INPUT,
      `no daemon answers on ${statusSocketPath(directory)}: ${error.message}`,
    );
  });
  process.stdout.write(options.json === true ? `${JSON.stringify(current, null, 2)}\n` : format(current));
}

function format(current: Status): string {
  const restarts = current.engines.reduce((sum, engine) => sum + engine.restarts, 0);
  const lines = [
    `pid ${current.pid}, up ${Math.round(current.uptimeSeconds)} s, ${current.configurationFile}, ` +
      `I/O ${current.io}, engines ${current.engines.length}, restarts ${restarts}`,
    ...current.lanes.flatMap((lane) => ['', ...formatState(lane), ...formatLaneCounts(lane)]),
    '',
    ...current.targets.map(
      ({ address, device, maximumInnerLength, state, reason }) =>
        `target ${address}  ${state}, ${reason === '' ? `by ${device}, frames up to ${maximumInnerLength} bytes` : reason}`,
    ),
    ...formatReload(current.reload),
  ];
  return `${lines.join('\n')}\n`;
}

function formatReload({ lastResult, lastAt, problems }: Status['reload']): string[] {
  if (lastResult === 'none') return [];
  return ['', `configuration ${lastResult} at ${lastAt}`, ...problems];
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
