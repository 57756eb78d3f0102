/** What GetStatus says of some sessions: those of the rows that are shown. */
import type { StatusSession } from '../../../../src/api/traffic-mirror/shape.js';
import type { ApiError } from '../../aws/errors.js';
import { getStatus } from '../../aws/status.js';
import { type PacketRates, sessionRates } from '../../model/session-status.js';
import { useRead } from '../../parts/use-read.js';
import { useStatusPair } from '../../parts/use-status-pair.js';

/** GetStatus takes so many ids at most. */
const MAXIMUM_IDS = 100;
const EVERY_MS = 2000;

/** States and rates by session id. */
export interface SessionStatuses {
  readonly states: ReadonlyMap<string, StatusSession>;
  readonly rates: ReadonlyMap<string, PacketRates>;
  readonly error: ApiError | undefined;
}

/** Reads the status of the sessions again and again. */
export function useSessionStatuses(ids: readonly string[]): SessionStatuses {
  const SessionIds = ids.slice(0, MAXIMUM_IDS);
  const key = SessionIds.join(' ');
  const { data, error } = useRead(
    (client, signal) => getStatus(client, signal, { SessionIds, Include: ['sessions'] }),
    key,
    { everyMs: EVERY_MS, enabled: SessionIds.length > 0 },
  );
  const { before, after } = useStatusPair(data, key);
  return {
    states: new Map((after?.sessions ?? []).map((one) => [one.sessionId, one])),
    rates: before && after ? sessionRates({ before, after }) : new Map(),
    error,
  };
}
