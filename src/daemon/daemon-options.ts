/** What the daemon is given at its start. */
import type { Logger } from 'pino';
import type { HttpServer } from '../listen/http-server.js';
import type { MirrorPlan } from '../plan/mirror-plan.js';
import type { RunningResources } from '../status/running-resources.js';
import type { ReloadStatus, SelectorStatus, Status } from '../status/status.js';
import type { Confinement } from './confinement.js';
import type { PeekServerOptions } from './peek-server.js';

export interface DaemonOptions {
  /** Version of the package. */
  readonly version: string;
  readonly configurationFile: string;
  readonly plan: MirrorPlan;
  /** Its lock is held. */
  readonly stateDirectory: string;
  /** Starts another server of the status before any engine runs; closed with the daemon. */
  readonly serve?: ((read: () => Status) => Promise<HttpServer>) | undefined;
  /** What the status socket shows of the resources. */
  readonly resources: () => Promise<RunningResources>;
  /** The socket of `peek`. */
  readonly peek: PeekServerOptions;
  /** How engines are started. */
  readonly confinement: Confinement;
  readonly log: Logger;
  /** The reloads so far. */
  readonly reloads: () => ReloadStatus;
  /** What selectors found so far; absent: there are none. */
  readonly selectors?: () => readonly SelectorStatus[];
}
