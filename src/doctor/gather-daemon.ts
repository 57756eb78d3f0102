/** Two looks at the running daemon, a moment apart, and what the devices counted between them. */
import { realpathSync } from 'node:fs';
import type { Device } from '../linux/devices.js';
import { DIRECTIONS, type MirrorPlan, type SourcePlan } from '../plan/mirror-plan.js';
import type { LaneStatus, Status } from '../status/status.js';
import { readStatus, statusSocketPath } from '../status/status-server.js';
import { oddMember } from './checked-status.js';
import type { DaemonAnswer, LaneTraffic } from './facts.js';
import { isElsewhere } from './gather-places.js';

/** Codes of a socket that this process may not use. */
const FORBIDDEN: readonly unknown[] = ['EACCES', 'EPERM'];

/** A look at the daemon and, at the same moment, at the devices. */
export interface Look {
  readonly status: Status;
  readonly atMs: number;
  /** By source id. */
  readonly devices: ReadonlyMap<string, Device>;
}

export type FirstAnswer = { readonly status: Status } | Exclude<DaemonAnswer, { kind: 'runs' | 'not-asked' }>;

/** Never rejects. The status is checked: its members may stand in paths and commands. */
export async function askDaemon(stateDirectory: string): Promise<FirstAnswer> {
  const socket = statusSocketPath(stateDirectory);
  try {
    const status = await readStatus(stateDirectory);
    const member = oddMember(status);
    return member === undefined ? { status } : { kind: 'odd', socket, member };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { kind: 'silent', socket, reason: code ?? message, isForbidden: FORBIDDEN.includes(code) };
  }
}

/** @param first undefined: there was only one look. */
export function compareLooks(
  plan: MirrorPlan,
  first: Look | undefined,
  { status, atMs, devices }: Look,
  configurationFile: string | undefined,
): DaemonAnswer {
  return {
    kind: 'runs',
    facts: {
      status,
      before: first?.status,
      seconds: first === undefined ? 0 : (atMs - first.atMs) / 1000,
      traffic: first === undefined ? [] : trafficOf(plan, first, { status, atMs, devices }),
      isElsewhere: isElsewhere(status.pid),
      isSameFile: configurationFile === undefined || isSamePath(configurationFile, status.configurationFile),
    },
  };
}

function trafficOf({ sources }: MirrorPlan, first: Look, last: Look): LaneTraffic[] {
  const before = lanesBySource(first.status);
  const after = lanesBySource(last.status);
  return sources.flatMap((source) =>
    DIRECTIONS.flatMap((direction) => {
      const key = `${direction} ${source.id}`;
      const [one, other] = [before.get(key), after.get(key)];
      if (one === undefined || other === undefined || other.state !== 'capturing') return [];
      const read = other.read.packets - one.read.packets;
      const ringDropped = other.ringDropped - one.ringDropped;
      const counted = passedBy(source, other, first.devices.get(source.id), last.devices.get(source.id));
      return [
        {
          sourceId: source.id,
          direction,
          // The daemon's counts are up to half a second older than the device's.
          passed: counted === undefined ? undefined : Math.max(counted, read + ringDropped),
          read,
          matched: matchedOf(other) - matchedOf(one),
          ringDropped,
        },
      ];
    }),
  );
}

function lanesBySource({ lanes }: Status): ReadonlyMap<string, LaneStatus> {
  return new Map(lanes.map((lane) => [`${lane.direction} ${lane.sourceId}`, lane]));
}

/** Frames of the lane's direction that the device counted; undefined: it is not known, or was made anew. */
function passedBy(
  { perspective }: SourcePlan,
  { direction }: LaneStatus,
  before: Device | undefined,
  after: Device | undefined,
): number | undefined {
  if (before === undefined || after === undefined || before.index !== after.index) return undefined;
  const isReceived = (direction === 'ingress') === (perspective !== 'peer');
  return isReceived ? after.receivedPackets - before.receivedPackets : after.sentPackets - before.sentPackets;
}

function matchedOf({ sessions }: LaneStatus): number {
  return sessions.reduce((sum, { matched }) => sum + matched.packets, 0);
}

/** @param other as the daemon was given it: relative to its own directory, which is not known. */
function isSamePath(file: string, other: string): boolean {
  if (file === other || !other.startsWith('/')) return true;
  try {
    return realpathSync(file) === realpathSync(other);
  } catch {
    return false;
  }
}
