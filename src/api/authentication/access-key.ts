/** What a signature is verified with. */
import type { Principal } from '../service.js';

/** A pair of keys of a user; who holds the secret one acts as the user. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly principal: Principal;
}

/** By access key id. */
export type AccessKeys = ReadonlyMap<string, AccessKey>;
