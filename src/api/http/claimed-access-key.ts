/** The access key that a request names, before anybody knows whether it is true: for the log. */
import type { AccessKeys } from '../authentication/access-key.js';
import type { SignatureClaim } from '../authentication/signature-claim.js';

/**
 * An id that is, or holds, a part of a secret is not told: people mix up the two.
 * @returns undefined: there is none that could be told
 */
export function claimedAccessKeyId(claim: SignatureClaim | undefined, keys: AccessKeys): string | undefined {
  if (claim === undefined) return undefined;
  const { accessKeyId } = claim;
  return keys.has(accessKeyId) || !isPartOfSecret(accessKeyId, keys) ? accessKeyId : undefined;
}

function isPartOfSecret(text: string, keys: AccessKeys): boolean {
  for (const { secretAccessKey } of keys.values()) {
    if (secretAccessKey.includes(text) || text.includes(secretAccessKey)) return true;
  }
  return false;
}
