/** GetStatus, read once for all parts of the page that show something of it. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { getStatus, type Status } from '../aws/status.js';
import { type Read, useRead } from './use-read.js';

interface StatusShare {
  readonly read: Read<Status>;
  /** Adds a reader with its interval, and returns what takes it away. */
  readonly subscribe: (everyMs: number) => () => void;
}

const StatusContext = createContext<StatusShare | undefined>(undefined);

/** Reads as often as the most eager reader wants, and not at all without one. */
export function StatusProvider({ children }: { readonly children: ReactNode }) {
  const [intervals, setIntervals] = useState<readonly number[]>([]);
  const everyMs = intervals.length === 0 ? undefined : Math.min(...intervals);
  const read = useRead((client, signal) => getStatus(client, signal), 'status', {
    everyMs,
    enabled: everyMs !== undefined,
  });
  const subscribe = useMemo(
    () => (wanted: number) => {
      setIntervals((before) => [...before, wanted]);
      return () => setIntervals((before) => without(before, wanted));
    },
    [],
  );
  const share = useMemo(() => ({ read, subscribe }), [read, subscribe]);
  return <StatusContext value={share}>{children}</StatusContext>;
}

/** The status, read again and again. @param everyMs between two reads; the shortest of the page counts */
export function useStatus(everyMs = 5000): Read<Status> {
  const share = useContext(StatusContext);
  if (share === undefined) throw new Error('There is no StatusProvider.');
  const { subscribe, read } = share;
  useEffect(() => subscribe(everyMs), [subscribe, everyMs]);
  return read;
}

function without(intervals: readonly number[], interval: number): number[] {
  const index = intervals.indexOf(interval);
  return intervals.filter((_, position) => position !== index);
}
