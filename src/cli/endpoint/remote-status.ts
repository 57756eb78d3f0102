/** `traffic-mirror status --endpoint-url`: what an account may see of the status, as text or as JSON. */
import type {
  GetStatusResponse,
  StatusDocument,
  StatusSession,
  StatusSource,
} from '../../api/traffic-mirror/shape.js';
import { DIRECTIONS } from '../../plan/mirror-plan.js';
import { loadBalancerLines, sessionLines } from '../activity-lines.js';
import { CommandError, EXIT_BAD_INPUT } from '../command-error.js';
import { safeText } from '../terminal-text.js';
import { type ControlClient, openClient } from './control-client.js';

/** Of all pages: ten thousand sessions with two hundred rules have less than half. A server without an end has no more. */
const MAXIMUM_BYTES = 512 * 2 ** 20;

/** The lists that come page by page. */
const LISTS = ['sources', 'sessions', 'targets', 'filters'] as const;

type Lists = { -readonly [Name in (typeof LISTS)[number]]: unknown[] };

/** @throws CommandError (rejects) */
export async function remoteStatus(url: string, { json }: { readonly json?: true }): Promise<void> {
  const client = openClient(url, process.env);
  const document = await readDocument(client);
  process.stdout.write(
    json ? `${JSON.stringify(document, null, 2)}\n` : formatDocument(client.name, document),
  );
}

/** All pages as one. @throws CommandError for more than `mostBytes` (rejects) */
export async function readDocument(
  client: ControlClient,
  mostBytes = MAXIMUM_BYTES,
): Promise<StatusDocument> {
  let first: StatusDocument | undefined;
  const lists: Lists = { sources: [], sessions: [], targets: [], filters: [] };
  let token: string | undefined;
  do {
    const { Status, NextToken }: GetStatusResponse = await client.call('GetStatus', {
      ...(token !== undefined && { NextToken: token }),
    });
    if (client.receivedBytes > mostBytes) {
      const what = `its status has more than ${mostBytes} bytes: ask it for less with GetStatus and SessionIds`;
      throw new CommandError(EXIT_BAD_INPUT, `${client.name}: ${what}`);
    }
    first ??= Status;
    for (const name of LISTS) for (const item of Status[name] ?? []) lists[name].push(item);
    // A token that stays the same would have no end.
    token = NextToken === token ? undefined : NextToken;
  } while (token !== undefined);
  return { ...first, ...lists } as StatusDocument;
}

/** The document as text, safe for a terminal. */
export function formatDocument(name: string, document: StatusDocument): string {
  const { health, daemon, startedAt, countersAt, sources = [], sessions = [], targets = [] } = document;
  const lines = [
    daemon === undefined
      ? `${name}, up since ${startedAt}`
      : `${name}, pid ${daemon.pid}, up ${Math.round(daemon.uptimeSeconds)} s, ${daemon.configurationFile}, I/O ${daemon.io}`,
    `health ${health.state}${health.reasons.map((reason) => `, ${reason}`).join('')}`,
    ...health.notes.map((note) => `note: ${note}`),
    `counters of ${countersAt}`,
    ...sources.flatMap(sourceLines),
    '',
    ...sessions.flatMap((session) => [...sessionLines([session as never]), ...countLines(session)]),
    ...loadBalancerLines(document.loadBalancers),
    ...targets.map(
      ({ targetId, state, reason }) => `target ${targetId}  ${state}${reason === '' ? '' : `: ${reason}`}`,
    ),
  ];
  return safeText(`${lines.join('\n')}\n`);
}

function sourceLines({ sourceId, device, lanes }: StatusSource): string[] {
  return [
    '',
    ...lanes.map(({ direction, state, reason, counts }) => {
      const read = counts === undefined ? '' : `, read ${counts.read.packets}, unmatched ${counts.unmatched}`;
      return `${sourceId} (${device}) ${direction}: ${state}${reason === '' ? '' : `, ${reason}`}${read}`;
    }),
  ];
}

function countLines({ counts }: StatusSession): string[] {
  return DIRECTIONS.flatMap((direction) => {
    const of = counts?.[direction];
    if (of === undefined) return [];
    const skipped = Object.entries(of.skipped).map(([reason, { packets }]) => `${packets} ${reason}`);
    return [
      `    ${direction}: matched ${of.matched.packets}, mirrored ${of.mirrored.packets}, skipped ${skipped.join(' + ') || '0'}`,
    ];
  });
}
