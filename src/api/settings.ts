/** Settings of the control API in the configuration file. */
import type { ListenAddress } from '../listen/listen.js';
import type { PolicyStatement } from './service.js';

/** An access key. Exactly one of the two secrets is set. */
export interface ApiAccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey?: string;
  /** Absolute path. */
  readonly secretAccessKeyFile?: string;
}

/** A user with one or two access keys: its own, those of the list, or both. */
export interface ApiUser extends Partial<ApiAccessKey> {
  readonly userName: string;
  readonly accessKeys: readonly ApiAccessKey[];
  /** Names of groups of the account. */
  readonly groups: readonly string[];
  readonly policies: readonly ApiPolicy[];
}

interface ApiPolicy {
  readonly Statement: readonly PolicyStatement[];
}

/** A group of users, all of whom its policies hold for. */
interface ApiGroup {
  readonly groupName: string;
  readonly policies: readonly ApiPolicy[];
}

export interface ApiAccount {
  readonly accountId: string;
  /** `o-…`; absent: the account is in no organization. */
  readonly organization?: string;
  /** `ou-…`, none without an organization. */
  readonly organizationalUnits: readonly string[];
  readonly groups: readonly ApiGroup[];
  readonly users: readonly ApiUser[];
}

/** The object `api`. */
export interface ApiSettings {
  readonly listen: ListenAddress;
  /** Absolute paths of PEM files. */
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
  readonly region: string;
  /** Whether the listener has the console too, under /console/. */
  readonly console: boolean;
  /** At least one. The first owns the resources of the configuration file. */
  readonly accounts: readonly [ApiAccount, ...ApiAccount[]];
}

/** All access keys of a user, each with its path below the user. */
export function accessKeysOf(
  user: Partial<ApiAccessKey> & Pick<ApiUser, 'accessKeys'>,
): { readonly key: ApiAccessKey; readonly path: readonly (string | number)[] }[] {
  const { accessKeyId } = user;
  const own = accessKeyId === undefined ? [] : [{ key: { ...user, accessKeyId }, path: [] }];
  return [...own, ...user.accessKeys.map((key, index) => ({ key, path: ['accessKeys', index] }))];
}
