/** What the configuration says of the control API. */
import type { ListenAddress } from '../listen/listen.js';
import type { PolicyStatement } from './service.js';

/** One of the two secrets is there. */
export interface ApiUser {
  readonly userName: string;
  readonly accessKeyId: string;
  readonly secretAccessKey?: string;
  /** Absolute path. */
  readonly secretAccessKeyFile?: string;
  readonly policies: readonly { readonly Statement: readonly PolicyStatement[] }[];
}

interface ApiAccount {
  readonly accountId: string;
  readonly users: readonly ApiUser[];
}

export interface ApiSettings {
  readonly listen: ListenAddress;
  /** Absolute paths of PEM files. */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
  readonly region: string;
  /** At least one; the resources of the configuration file belong to the first. */
  readonly accounts: readonly [ApiAccount, ...ApiAccount[]];
}
