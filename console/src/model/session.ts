/** Traffic mirror sessions. */

import type { StatusCause, StatusSession } from '../../../src/api/traffic-mirror/shape.js';
import type { Describe } from '../aws/ec2.js';
import { numberAt, objectAt, textAt, type XmlObject } from '../aws/xml.js';
import { parseTags, type Tag } from './tags.js';

/** A session as DescribeTrafficMirrorSessions shows it. */
export interface Session {
  readonly trafficMirrorSessionId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  /** The source: an id, or the name of a device. */
  readonly networkInterfaceId: string;
  readonly ownerId: string;
  /** Bytes; absent: the entire packet. */
  readonly packetLength?: number | undefined;
  readonly sessionNumber: number;
  readonly virtualNetworkId: number;
  readonly description?: string | undefined;
  /** Whether it mirrors, and why not. Describe knows nothing of `degraded`. */
  readonly activity?: SessionActivity | undefined;
  readonly tags: readonly Tag[];
}

/** What responses tell of the state of a session: members that EC2 does not have. */
type SessionActivity = Pick<StatusSession, 'state' | 'cause' | 'reason'>;

/** How sessions are listed. */
export const SESSIONS: Describe<Session> = {
  action: 'DescribeTrafficMirrorSessions',
  set: 'trafficMirrorSessionSet',
  idParameter: 'TrafficMirrorSessionId',
  parse: parseSession,
};

function parseSession(item: XmlObject): Session {
  return {
    trafficMirrorSessionId: textAt(item, 'trafficMirrorSessionId') ?? '',
    trafficMirrorTargetId: textAt(item, 'trafficMirrorTargetId') ?? '',
    trafficMirrorFilterId: textAt(item, 'trafficMirrorFilterId') ?? '',
    networkInterfaceId: textAt(item, 'networkInterfaceId') ?? '',
    ownerId: textAt(item, 'ownerId') ?? '',
    packetLength: numberAt(item, 'packetLength'),
    sessionNumber: numberAt(item, 'sessionNumber') ?? 0,
    virtualNetworkId: numberAt(item, 'virtualNetworkId') ?? 0,
    description: textAt(item, 'description'),
    activity: activityAt(item),
    tags: parseTags(item),
  };
}

/** @returns undefined in responses of actions that tell none, such as Create */
function activityAt(item: XmlObject): SessionActivity | undefined {
  const state = textAt(item, 'state');
  if (state !== 'active' && state !== 'inactive') return undefined;
  const reason = objectAt(item, 'stateReason');
  return {
    state,
    cause: (textAt(reason, 'code') ?? '') as StatusCause | '',
    reason: textAt(reason, 'message') ?? '',
  };
}

/** The lowest session number, from 1 on, that is free at every one of the sources. */
export function freeSessionNumber(
  sessions: readonly Session[],
  ...networkInterfaceIds: readonly string[]
): number {
  const taken = new Set(
    sessions
      .filter((one) => networkInterfaceIds.includes(one.networkInterfaceId))
      .map((one) => one.sessionNumber),
  );
  let number = 1;
  while (taken.has(number)) number += 1;
  return number;
}

/** How many sessions have each value of an attribute: sessions of a target, of a filter, of a source. */
export function countSessionsBy(
  sessions: readonly Session[],
  key: 'trafficMirrorTargetId' | 'trafficMirrorFilterId' | 'networkInterfaceId',
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const session of sessions) counts.set(session[key], (counts.get(session[key]) ?? 0) + 1);
  return counts;
}
