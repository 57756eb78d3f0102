/** Reads of one answer: done again when what it depends on changes, or when the page asks. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Client } from '../aws/client.js';
import { type ApiError, isAbort, pauseMs, retryAfterMs, toApiError } from '../aws/errors.js';
import { useSession } from './session.js';
import { whenVisible } from './when-visible.js';

/** The state of a read. While it is repeated the former data stay. */
export interface Read<T> {
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  readonly refresh: () => void;
}

interface ReadOptions {
  /** Reads again so many milliseconds after each answer; later when the answers take long. */
  readonly everyMs?: number | undefined;
  /** False: nothing is read. */
  readonly enabled?: boolean | undefined;
}

/**
 * Reads with the client of the session.
 * @param key what the read depends on; another key drops the data
 */
export function useRead<T>(
  read: (client: Client, signal: AbortSignal) => Promise<T>,
  key: string,
  { everyMs, enabled = true }: ReadOptions = {},
): Read<T> {
  const { client } = useSession();
  const [state, setState] = useState<{ key: string; data?: T; error?: ApiError; loading: boolean }>({
    key,
    loading: enabled,
  });
  const [round, setRound] = useState(0);
  const latest = useRef(read);
  latest.current = read;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is a new read.
  useEffect(() => {
    if (!enabled) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopWaiting = (): void => {};
    // A tab that nobody looks at asks the daemon for nothing.
    const again = (afterMs: number): void => {
      timer = setTimeout(() => {
        stopWaiting = whenVisible(document, () => void run());
      }, afterMs);
    };
    const run = async (): Promise<void> => {
      const startedMs = performance.now();
      try {
        const data = await latest.current(client, abort.signal);
        if (abort.signal.aborted) return;
        setState({ key, data, loading: false });
        if (everyMs !== undefined) again(pauseMs(everyMs, performance.now() - startedMs));
      } catch (thrown) {
        if (abort.signal.aborted || isAbort(thrown)) return;
        const error = toApiError(thrown);
        setState((before) => ({ ...(before.key === key && before), key, error, loading: false }));
        const afterMs = retryAfterMs(error, everyMs);
        if (afterMs !== undefined) again(afterMs);
      }
    };
    setState((before) => ({ ...(before.key === key && before), key, loading: true }));
    void run();
    return () => {
      abort.abort();
      clearTimeout(timer);
      stopWaiting();
    };
  }, [client, key, everyMs, enabled, round]);

  const refresh = useCallback(() => setRound((before) => before + 1), []);
  const current = state.key === key ? state : { key, loading: enabled };
  return { data: current.data, error: current.error, loading: current.loading, refresh };
}
