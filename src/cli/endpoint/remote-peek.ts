/** `traffic-mirror peek --endpoint-url`: copies that the daemon behind a control API makes, one look after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PeekResponse } from '../../api/traffic-mirror/shape.js';
import type { PeekedCopy } from '../../peek/record-reader.js';
import type { CopyFormat } from '../copy-formats.js';
import { openClient } from './control-client.js';

/**
 * Between the starts of two looks. The daemon allows a user 10 in a second, and two commands at once: copies that come fast
 * end a look early.
 */
const START_INTERVAL_MS = 250;
/** How long each look takes, when there is not enough to see. */
const WAIT_SECONDS = 2;
const MOST_AT_ONCE = 1000;
const MAXIMUM_SNAPSHOT = 65_535;

export interface RemotePeek {
  readonly url: string;
  readonly sessionIds: readonly string[];
  readonly direction: string | undefined;
  readonly snapshotLength: number;
  /** Copies to show. */
  readonly most: number;
}

/** What was seen. */
export interface RemotePeekResult {
  readonly copies: number;
  readonly leftOut: number;
  /** False: the daemon stopped. */
  readonly isDone: boolean;
}

/**
 * Shows copies until there are enough, the signal comes, or the daemon stops.
 * @param write resolves when the output has room again
 * @throws CommandError (rejects)
 */
export async function remotePeek(
  { url, sessionIds, direction, snapshotLength, most }: RemotePeek,
  format: CopyFormat,
  write: (bytes: Uint8Array | string) => Promise<void>,
  signal: AbortSignal,
): Promise<RemotePeekResult> {
  const client = openClient(url, process.env);
  const origins = new Map<string, PeekedCopy['origin']>();
  let [copies, leftOut] = [0, 0];
  let isDone = true;
  await write(format.start());
  while (copies < most && !signal.aborted) {
    const nextStart = sleep(START_INTERVAL_MS, undefined, { signal }).catch(() => {});
    const response = await client
      .call<PeekResponse>(
        'Peek',
        {
          SessionIds: sessionIds,
          ...(direction !== undefined && { Direction: direction }),
          SnapshotLength: Math.min(snapshotLength, MAXIMUM_SNAPSHOT),
          MaxCopies: Math.min(MOST_AT_ONCE, most - copies),
          WaitSeconds: WAIT_SECONDS,
        },
        { waitMs: WAIT_SECONDS * 1000, signal },
      )
      .catch((error: Error) => {
        if (signal.aborted) return undefined;
        throw error;
      });
    if (response === undefined) break;
    for (const copy of inOrder(response)) await write(format.copy(copyOf(copy, origins)));
    copies += response.Copies.length;
    leftOut += response.LeftOut;
    if (response.EndedBy === 'stopping') {
      isDone = false;
      break;
    }
    if (copies < most) await nextStart;
  }
  return { copies, leftOut, isDone };
}

function inOrder({ Copies }: PeekResponse): PeekResponse['Copies'] {
  return [...Copies].sort((a, b) => a.Seconds - b.Seconds || a.Nanoseconds - b.Nanoseconds);
}

/** @param origins one object for all copies of an origin. */
function copyOf(
  copy: PeekResponse['Copies'][number],
  origins: Map<string, PeekedCopy['origin']>,
): PeekedCopy {
  const { SourceId: sourceId, Device: device, Direction: direction, SessionId: sessionId, Rule: rule } = copy;
  const key = JSON.stringify([sourceId, device, direction, sessionId, rule]);
  const origin = origins.get(key) ?? { sourceId, device, direction, sessionId, rule };
  origins.set(key, origin);
  return {
    origin,
    seconds: copy.Seconds,
    nanoseconds: copy.Nanoseconds,
    wireLength: copy.WireLength,
    copyLength: copy.CopyLength,
    bytes: Uint8Array.from(Buffer.from(copy.Frame, 'base64')),
  };
}
