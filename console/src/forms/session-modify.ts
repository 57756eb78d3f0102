/** The form that modifies a session: only what changed is sent. */
import type { Parameters } from '../aws/parameters.js';
import type { Session } from '../model/session.js';
import type { SessionSettings } from './session-create.js';

/** The values of a session. */
export function settingsOf(session: Session): SessionSettings {
  return {
    description: session.description ?? '',
    trafficMirrorTargetId: session.trafficMirrorTargetId,
    sessionNumber: String(session.sessionNumber),
    virtualNetworkId: String(session.virtualNetworkId),
    packetLength: session.packetLength === undefined ? '' : String(session.packetLength),
    trafficMirrorFilterId: session.trafficMirrorFilterId,
  };
}

/** The parameter of each value, and its name in RemoveField where it can be removed. */
const FIELDS = {
  description: ['Description', 'description'],
  trafficMirrorTargetId: ['TrafficMirrorTargetId'],
  sessionNumber: ['SessionNumber'],
  virtualNetworkId: ['VirtualNetworkId', 'virtual-network-id'],
  packetLength: ['PacketLength', 'packet-length'],
  trafficMirrorFilterId: ['TrafficMirrorFilterId'],
} as const satisfies Record<keyof SessionSettings, readonly [string, string?]>;

/**
 * The parameters of ModifyTrafficMirrorSession: changed values are set, emptied ones removed.
 * @returns undefined when nothing changed
 */
export function modifyParameters(session: Session, values: SessionSettings): Parameters | undefined {
  const before = settingsOf(session);
  const set: Record<string, string> = {};
  const removed: string[] = [];
  for (const name of Object.keys(FIELDS) as (keyof SessionSettings)[]) {
    const value = name === 'description' ? values[name] : values[name].trim();
    if (value === before[name]) continue;
    const [parameter, field] = FIELDS[name] as readonly [string, string?];
    if (value === '' && field !== undefined) removed.push(field);
    else set[parameter] = value;
  }
  if (removed.length === 0 && Object.keys(set).length === 0) return undefined;
  return {
    TrafficMirrorSessionId: session.trafficMirrorSessionId,
    ...set,
    ...(removed.length > 0 && { RemoveField: removed }),
  };
}
