/** GetStatus, read once for all parts of the page that show something of it. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { StatusPart } from '../../../src/api/traffic-mirror/shape.js';
import { getStatus, type Status } from '../aws/status.js';
import { hasParts, type StatusWant, togetherOf } from '../model/status-wants.js';
import { type Read, useRead } from './use-read.js';

const EVERY_MS = 5000;

interface PartialStatus {
  readonly parts: readonly StatusPart[];
  readonly status: Status;
}

interface StatusShare {
  readonly read: Read<PartialStatus>;
  /** Adds a reader, and returns what takes it away. */
  readonly subscribe: (want: StatusWant) => () => void;
}

const StatusContext = createContext<StatusShare | undefined>(undefined);

/** Reads what the readers of the page want, as often as the most eager of them does, and not at all without one. */
export function StatusProvider({ children }: { readonly children: ReactNode }) {
  const [wants, setWants] = useState<readonly StatusWant[]>([]);
  const together = togetherOf(wants);
  const parts = together?.parts ?? [];
  const read = useRead(
    async (client, signal): Promise<PartialStatus> => ({
      parts,
      status: await getStatus(client, signal, { Include: parts }),
    }),
    parts.join(),
    { everyMs: together?.everyMs, enabled: together !== undefined },
  );
  // What is known stays until the read with more parts, or fewer, is there.
  const [known, setKnown] = useState<PartialStatus>();
  if (read.data !== undefined && read.data !== known) setKnown(read.data);
  const subscribe = useMemo(
    () => (want: StatusWant) => {
      setWants((before) => [...before, want]);
      return () => setWants((before) => before.filter((one) => one !== want));
    },
    [],
  );
  const share = useMemo(
    () => ({ read: { ...read, data: read.data ?? known }, subscribe }),
    [read, known, subscribe],
  );
  return <StatusContext value={share}>{children}</StatusContext>;
}

/**
 * Parts of the status, read again and again.
 * @param everyMs between two reads; the shortest of the page counts
 * @param enabled false: this reader wants nothing
 */
export function useStatus(
  parts: readonly StatusPart[],
  { everyMs = EVERY_MS, enabled = true }: { readonly everyMs?: number; readonly enabled?: boolean } = {},
): Read<Status> {
  const share = useContext(StatusContext);
  if (share === undefined) throw new Error('There is no StatusProvider.');
  const { subscribe, read } = share;
  const key = parts.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is what the parts are.
  useEffect(() => (enabled ? subscribe({ parts, everyMs }) : undefined), [subscribe, key, everyMs, enabled]);
  const { data } = read;
  return { ...read, data: data !== undefined && hasParts(data.parts, parts) ? data.status : undefined };
}
