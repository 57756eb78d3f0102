/** The access key that a request names, before anybody knows whether it is true: for the log. */
import type { AccessKeys } from '../authentication/access-key.js';
import type { SignedRequest } from '../authentication/signed-request.js';

/** Those of the configuration are such. */
const ACCESS_KEY_ID = /^\w{1,128}$/;
const CREDENTIAL = /Credential=([^/,\s]*)/;

/**
 * What is no id, or is, or holds, a part of a secret is not told: people mix up the two.
 * @returns 1 to 128 letters, digits and _; undefined: there is none that could be told
 */
export function claimedAccessKeyId({ headers, query }: SignedRequest, keys: AccessKeys): string | undefined {
  const credential = query.get('X-Amz-Credential')?.split('/', 1)[0];
  const id = credential ?? CREDENTIAL.exec(headers.get('authorization') ?? '')?.[1] ?? '';
  if (!ACCESS_KEY_ID.test(id)) return undefined;
  return keys.has(id) || !isPartOfSecret(id, keys) ? id : undefined;
}

function isPartOfSecret(text: string, keys: AccessKeys): boolean {
  for (const { secretAccessKey } of keys.values()) {
    if (secretAccessKey.includes(text) || text.includes(secretAccessKey)) return true;
  }
  return false;
}
