/** What the control API is given. */
import type { Logger } from 'pino';
import type { LaneCounts } from '../counters/snapshot.js';
import type { SessionActivity } from '../plan/session-activity.js';
import type { Quotas } from '../resources/quotas.js';
import type { ResourceSet } from '../resources/resource-set.js';
import type { ApplyResources } from './api-state.js';
import type { AuditLog } from './audit.js';
import type { AddressHealth } from './elbv2/actions.js';
import type { AskDevices } from './inventory/device-states.js';
import type { ApiSettings } from './settings.js';
import type { TrafficMirrorLinks } from './traffic-mirror/links.js';

/** The part of a configuration file that the API uses. */
export interface ApiConfiguration {
  readonly api: ApiSettings;
  readonly resources: ResourceSet;
  readonly quotas: Quotas;
}

/** What it is opened with. */
export interface ControlApiOptions {
  readonly configuration: ApiConfiguration;
  readonly stateDirectory: string;
  /** Rejects when the directory no longer belongs to this process; nothing is written then. */
  readonly requireOwned: () => Promise<void>;
  readonly log: Logger;
  readonly audit: AuditLog;
  /** Whether the daemon's network namespace has a device. */
  readonly hasDevice: (name: string) => boolean;
  readonly askDevices: AskDevices;
  /** False while selectors may not have found all that there is. */
  readonly isInventoryWhole?: () => boolean;
}

/** What of the daemon it works with, once both run. */
export interface ControlApiLinks {
  readonly apply: ApplyResources;
  /** The engine's totals, for the metrics. */
  readonly counts: () => readonly LaneCounts[];
  /** What a session does now; undefined: the plan with it is not applied yet. */
  readonly activityOf: (sessionId: string) => SessionActivity | undefined;
  /** How the addresses of targets are reached, as the engine says. */
  readonly targetHealth: () => ReadonlyMap<string, AddressHealth>;
  /** For the service `traffic-mirror`. */
  readonly trafficMirror: TrafficMirrorLinks;
}
