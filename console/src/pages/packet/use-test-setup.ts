/** Reads the rules that packets are tested against. */
import { useMemo } from 'react';
import type { Client } from '../../aws/client.js';
import { listAll } from '../../aws/ec2.js';
import { type ApiError, toApiError, unlessRefused } from '../../aws/errors.js';
import { explainPacket, getStatus } from '../../aws/status.js';
import { FILTERS } from '../../model/filter.js';
import {
  filterSetup,
  type KnownResources,
  type KnownSetup,
  sourceIdOf,
  sourceSetup,
  trafficSettings,
} from '../../model/packet/test-setup.js';
import { SESSIONS } from '../../model/session.js';
import { useRead } from '../../parts/use-read.js';

/** Packets that no type of traffic and no network service is made for, by which the engine tells its settings. */
const ANY_UDP = 'udp 192.0.2.1:9 > 192.0.2.2:9';
const ANY_ARP = 'arp';

/** What packets are tested against: the sessions of a source, or a filter alone. */
export interface Subject {
  readonly kind: 'source' | 'filter';
  readonly id: string;
}

/** The rules, once they are read. */
export interface ReadRules {
  readonly known: KnownResources | undefined;
  readonly setup: KnownSetup | undefined;
  /** The account has no such source or filter. */
  readonly isMissing: boolean;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  readonly refresh: () => void;
}

/** The rules of a subject; without one what there is to choose from. */
export function useTestSetup(subject: Subject | undefined): ReadRules {
  const resources = useRead(readResources, 'resources');
  const sourceId = subject?.kind === 'source' ? subject.id : undefined;
  const traffic = useRead(
    (client, signal) => readTraffic(client, sourceId ?? '', signal),
    `traffic ${sourceId}`,
    { enabled: sourceId !== undefined },
  );
  const isComplete = sourceId === undefined || !traffic.loading;
  const found = useMemo(() => {
    const known = resources.data && { ...resources.data, traffic: traffic.data?.settings };
    if (known === undefined || !isComplete || subject === undefined) return { known };
    const setup = setupOf(subject, known);
    const notes = traffic.data?.isPartial ? [PARTIAL] : [];
    return {
      known,
      setup: setup && { ...setup, notes: [...notes, ...setup.notes] },
      isMissing: setup === undefined,
    };
  }, [resources.data, traffic.data, isComplete, subject]);
  return {
    known: found.known,
    setup: found.setup,
    isMissing: found.isMissing ?? false,
    error: resources.error,
    loading: resources.loading || !isComplete,
    refresh: resources.refresh,
  };
}

const PARTIAL =
  'Other accounts have sessions on this source, which are not shown here and may take packets first';

function setupOf({ kind, id }: Subject, known: KnownResources): KnownSetup | undefined {
  if (kind === 'filter') {
    const filter = known.filters.find((one) => one.trafficMirrorFilterId === id);
    return filter && filterSetup(filter, known);
  }
  const hasSessions = known.sessions.some((session) => sourceIdOf(session, known.status) === id);
  return hasSessions ? sourceSetup(id, known) : undefined;
}

async function readResources(client: Client, signal: AbortSignal): Promise<Omit<KnownResources, 'traffic'>> {
  const [sessions, filters, status] = await Promise.all([
    listAll(client, SESSIONS, { signal }),
    listAll(client, FILTERS, { signal }),
    unlessRefused(getStatus(client, signal, { Include: ['sources', 'sessions', 'targets'] })),
  ]);
  return { sessions, filters, status };
}

async function readTraffic(client: Client, SourceId: string, signal: AbortSignal) {
  const asked = [ANY_UDP, ANY_ARP].map((Packet) => explainPacket(client, { SourceId, Packet }, signal));
  const [ip, arp] = await Promise.all(asked.map(unlessUnknown));
  if (ip === undefined || arp === undefined) return undefined;
  return { settings: trafficSettings(ip.Explanation, arp.Explanation), isPartial: ip.IsPartial };
}

/** The engine does not know a source whose sessions are all inactive. */
async function unlessUnknown<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    const { status } = toApiError(error);
    if (status >= 400 && status < 500) return undefined;
    throw error;
  });
}
