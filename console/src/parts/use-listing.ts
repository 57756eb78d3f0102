/** Lists of resources: the first page at once, the others as they come. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Client } from '../aws/client.js';
import { type ApiFilter, type Describe, pagesOf } from '../aws/ec2.js';
import { type ApiError, isAbort, isRefused, toApiError } from '../aws/errors.js';
import { useSession } from './session.js';

const RETRY_MS = 5000;

/** A list while it is read. */
export interface Listing<T> {
  readonly items: readonly T[];
  /** True when all pages are there. */
  readonly complete: boolean;
  /** True until the first page is there. */
  readonly loading: boolean;
  readonly error: ApiError | undefined;
  /** Reads the list again. The items stay until the first page is there. */
  readonly refresh: () => void;
}

interface ListingOptions {
  /** Filters of the Describe action. */
  readonly filters?: readonly ApiFilter[];
  readonly ids?: readonly string[];
  readonly enabled?: boolean;
}

/** Lists with a Describe action of EC2: `useDescribe(SESSIONS, { filters: query.filters })`. */
export function useDescribe<T>(
  describe: Describe<T>,
  { filters, ids, enabled }: ListingOptions = {},
): Listing<T> {
  const pages = (client: Client, signal: AbortSignal) =>
    pagesOf(client, describe, { signal, ...(filters && { filters }), ...(ids && { ids }) });
  return useListing(pages, JSON.stringify([describe.action, filters, ids]), enabled);
}

/** Lists with any reader of pages. @param key what the list depends on */
export function useListing<T>(
  pages: (client: Client, signal: AbortSignal) => AsyncIterable<readonly T[]>,
  key: string,
  enabled = true,
): Listing<T> {
  const { client } = useSession();
  const [state, setState] = useState<Omit<Listing<T>, 'refresh'>>(EMPTY);
  const [round, setRound] = useState(0);
  const latest = useRef(pages);
  latest.current = pages;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is a new read.
  useEffect(() => {
    if (!enabled) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async (): Promise<void> => {
      let items: readonly T[] = [];
      try {
        for await (const page of latest.current(client, abort.signal)) {
          if (abort.signal.aborted) return;
          items = items.length === 0 ? page : [...items, ...page];
          setState({ items, complete: false, loading: false, error: undefined });
        }
        if (!abort.signal.aborted) setState({ items, complete: true, loading: false, error: undefined });
      } catch (thrown) {
        if (abort.signal.aborted || isAbort(thrown)) return;
        const error = toApiError(thrown);
        // What the caller may no longer see is not kept.
        setState((before) => ({ ...(isRefused(error) ? EMPTY : before), loading: false, error }));
        if (error.status === 0) timer = setTimeout(run, RETRY_MS);
      }
    };
    setState((before) => ({ ...before, loading: true }));
    void run();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [client, key, enabled, round]);

  const refresh = useCallback(() => setRound((before) => before + 1), []);
  return { ...state, refresh };
}

const EMPTY = { items: [], complete: false, loading: true, error: undefined } as const;
