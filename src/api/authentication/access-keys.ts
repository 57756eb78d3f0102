/** Access keys of the configuration; secrets may be in files of their own. */
import { readFile } from 'node:fs/promises';
import { readBounded } from '../../listen/private-file.js';
import { ExpectedError } from '../errors.js';
import type { Principal } from '../service.js';
import {
  type ApiAccessKey,
  type ApiAccount,
  type ApiSettings,
  type ApiUser,
  accessKeysOf,
} from '../settings.js';

const SECRET = /^[\x21-\x7e]{1,128}$/;
/** The longest secret, and the line end that an editor adds. */
const MAXIMUM_BYTES = 130;
const NO_SECRET = 'the file holds no secret access key, or more than that';

/** A pair of keys of a user. Whoever has the secret key can sign requests as the user. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly principal: Principal;
}

/** Keys by access key id. */
export type AccessKeys = ReadonlyMap<string, AccessKey>;

/** A file that the section `api` names is not usable. */
export class ApiFileError extends ExpectedError<'api-file'> {
  constructor(message: string, options?: ErrorOptions) {
    super('api-file', message, options);
  }
}

/**
 * Reads the access keys, with every secret from its file.
 * @throws ApiFileError (rejects) for a file that cannot be read, that every user may open, or that holds no secret
 */
export async function readAccessKeys({ accounts }: ApiSettings): Promise<AccessKeys> {
  const keys: AccessKey[] = [];
  for (const account of accounts) {
    for (const user of account.users) {
      const principal = principalOf(account, user);
      for (const { key } of accessKeysOf(user)) keys.push(await readAccessKey(key, principal));
    }
  }
  return new Map(keys.map((key) => [key.accessKeyId, key]));
}

/** @throws ApiFileError (rejects) */
export async function readApiFile(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ApiFileError(`${what} ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * The access key id of a request for the log, before its signature is verified.
 * @returns undefined for an id that is, or contains, a part of a secret: people mix up the two
 */
export function loggableKeyId(accessKeyId: string, keys: AccessKeys): string | undefined {
  return keys.has(accessKeyId) || !isPartOfSecret(accessKeyId, keys) ? accessKeyId : undefined;
}

/** The user, with its own statements and those of its groups. */
function principalOf({ accountId, groups }: ApiAccount, { userName, ...user }: ApiUser): Principal {
  const own = groups.filter(({ groupName }) => user.groups.includes(groupName));
  const policies = [...user.policies, ...own.flatMap((group) => group.policies)];
  return {
    accountId,
    userName,
    arn: `arn:aws:iam::${accountId}:user/${userName}`,
    statements: policies.flatMap(({ Statement }) => Statement),
  };
}

async function readAccessKey(
  { accessKeyId, secretAccessKey, secretAccessKeyFile = '' }: ApiAccessKey,
  principal: Principal,
): Promise<AccessKey> {
  if (secretAccessKey !== undefined) return { accessKeyId, secretAccessKey, principal };
  try {
    return { accessKeyId, secretAccessKey: await readSecret(secretAccessKeyFile), principal };
  } catch (error) {
    // Without the path: it may be the secret itself, put there by mistake.
    const where = `secretAccessKeyFile of the access key ${accessKeyId}, user ${principal.arn}`;
    throw new ApiFileError(`${where}: ${(error as Error).message}`);
  }
}

/** Reads a secret, one line. A line end after it is not part of it. */
async function readSecret(path: string): Promise<string> {
  const bounds = { maximumBytes: MAXIMUM_BYTES, isSecret: true, tooLong: NO_SECRET };
  const bytes = await readBounded(path, bounds);
  const secret = bytes.toString('latin1').replace(/\r?\n$/, '');
  if (!SECRET.test(secret)) throw new Error(NO_SECRET);
  return secret;
}

function isPartOfSecret(text: string, keys: AccessKeys): boolean {
  for (const { secretAccessKey } of keys.values()) {
    if (secretAccessKey.includes(text) || text.includes(secretAccessKey)) return true;
  }
  return false;
}
