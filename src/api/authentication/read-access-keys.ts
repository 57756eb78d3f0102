/** The access keys of the configuration, with the secrets that stand in files of their own. */
import { readFile, stat } from 'node:fs/promises';
import type { ApiSettings, ApiUser } from '../settings.js';
import type { AccessKey, AccessKeys } from './access-key.js';

const SECRET = /^[\x21-\x7e]{1,128}$/;
const OTHERS = 0o007;

/** A file that the section `api` names cannot be used. */
export class ApiFileError extends Error {
  readonly code = 'api-file';
}

/** @throws ApiFileError (rejects) for a file that cannot be read, is open to everybody, or holds no secret */
export async function readAccessKeys({ accounts }: ApiSettings): Promise<AccessKeys> {
  const keys = await Promise.all(
    accounts.flatMap(({ accountId, users }) => users.map((user) => readAccessKey(accountId, user))),
  );
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

async function readAccessKey(accountId: string, user: ApiUser): Promise<AccessKey> {
  const { userName, accessKeyId, secretAccessKeyFile, secretAccessKey, policies } = user;
  return {
    accessKeyId,
    secretAccessKey: secretAccessKey ?? (await readSecret(secretAccessKeyFile ?? '')),
    principal: {
      accountId,
      userName,
      arn: `arn:aws:iam::${accountId}:user/${userName}`,
      statements: policies.flatMap(({ Statement }) => Statement),
    },
  };
}

/** One line; the line feed that editors put at the end is not part of it. */
async function readSecret(path: string): Promise<string> {
  const text = await readApiFile(path, 'secretAccessKeyFile');
  if (((await stat(path)).mode & OTHERS) !== 0) {
    throw new ApiFileError(
      `secretAccessKeyFile ${path}: everybody may open it; take that away: chmod o= ${path}`,
    );
  }
  const secret = text.replace(/\r?\n$/, '');
  if (SECRET.test(secret)) return secret;
  throw new ApiFileError(`secretAccessKeyFile ${path}: holds no secret access key`);
}
