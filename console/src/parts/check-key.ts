/** Proves an access key: a dry run tells a good key from a bad one, whatever its policies allow. */
import type { Client } from '../aws/client.js';
import { callEc2 } from '../aws/ec2.js';
import { isRefused, toApiError } from '../aws/errors.js';
import { getCallerIdentity, type Identity } from '../aws/sts.js';

/** Who the key belongs to. @throws ApiError when it is refused, or no server answers */
export async function checkKey(client: Client): Promise<Identity> {
  try {
    await callEc2(client, 'DescribeTrafficMirrorSessions', { DryRun: true });
  } catch (thrown) {
    const error = toApiError(thrown);
    if (error.code !== 'DryRunOperation' && !isRefused(error)) throw error;
  }
  return getCallerIdentity(client);
}
