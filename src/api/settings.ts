/** What the configuration says of the control API. */
import type { ListenAddress } from '../listen/listen.js';
import type { PolicyStatement } from './service.js';

/** One of the two secrets is there. */
export interface ApiAccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey?: string;
  /** Absolute path. */
  readonly secretAccessKeyFile?: string;
}

/** Has a key of its own, or keys in the list, or both: one or two together. */
export interface ApiUser extends Partial<ApiAccessKey> {
  readonly userName: string;
  readonly accessKeys: readonly ApiAccessKey[];
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

/** A user's keys, wherever they are written, with the path below the user. */
export function accessKeysOf(
  user: Partial<ApiAccessKey> & Pick<ApiUser, 'accessKeys'>,
): { readonly key: ApiAccessKey; readonly path: readonly (string | number)[] }[] {
  const { accessKeyId } = user;
  const own = accessKeyId === undefined ? [] : [{ key: { ...user, accessKeyId }, path: [] }];
  return [...own, ...user.accessKeys.map((key, index) => ({ key, path: ['accessKeys', index] }))];
}
