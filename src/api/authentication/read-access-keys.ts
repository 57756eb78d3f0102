/** The access keys of the configuration, with the secrets that stand in files of their own. */

import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { getSystemErrorMap } from 'node:util';
import { ExpectedError } from '../errors.js';
import type { Principal } from '../service.js';
import { type ApiAccessKey, type ApiSettings, type ApiUser, accessKeysOf } from '../settings.js';
import type { AccessKey, AccessKeys } from './access-key.js';

const SECRET = /^[\x21-\x7e]{1,128}$/;
/** The longest secret, and what an editor adds. */
const MAXIMUM_BYTES = 130;
const OTHERS = 0o007;

/** A file that the section `api` names cannot be used. */
export class ApiFileError extends ExpectedError<'api-file'> {
  constructor(message: string, options?: ErrorOptions) {
    super('api-file', message, options);
  }
}

/**
 * Reads every secret anew.
 * @throws ApiFileError (rejects) for a file that cannot be read, is open to everybody, or holds no secret
 */
export async function readAccessKeys({ accounts }: ApiSettings): Promise<AccessKeys> {
  const keys: AccessKey[] = [];
  for (const { accountId, users } of accounts) {
    for (const user of users) {
      const principal = principalOf(accountId, user);
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

function principalOf(accountId: string, { userName, policies }: ApiUser): Principal {
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
    // The path is not told: it may be the secret itself, put there by mistake.
    const where = `secretAccessKeyFile of the access key ${accessKeyId}, user ${principal.arn}`;
    throw new ApiFileError(`${where}: ${reasonOf(error)}`);
  }
}

/** One line; the line feed that editors put at the end is not part of it. */
async function readSecret(path: string): Promise<string> {
  // A pipe without a writer would be waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error('is not a regular file');
    if ((stats.mode & OTHERS) !== 0) {
      throw new Error('everybody may open the file; take that away with chmod o=');
    }
    const secret = (await readBeginning(file)).replace(/\r?\n$/, '');
    if (!SECRET.test(secret)) throw new Error('the file holds no secret access key, or more than that');
    return secret;
  } finally {
    await file.close();
  }
}

/** One byte more than a secret may have, at most: a file that is too long does not become one by being cut. */
async function readBeginning(file: FileHandle): Promise<string> {
  const bytes = Buffer.alloc(MAXIMUM_BYTES + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read) {
    read = (await file.read(bytes, length, bytes.length - length)).bytesRead;
  }
  return bytes.toString('latin1', 0, length);
}

/** Messages of the system name the path; its words for the error do not. */
function reasonOf(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]) ?? message;
}
