/** Security Token Service: who signs. */
import type { Client } from './client.js';
import { callQuery } from './query.js';
import { objectAt, textAt } from './xml.js';

/** Who signs the requests. */
export interface Identity {
  /** Twelve digits. */
  readonly account: string;
  readonly arn: string;
}

/** Asks who signs. Every key may ask. @throws ApiError */
export async function getCallerIdentity(client: Client): Promise<Identity> {
  const response = await callQuery(client, {
    service: 'sts',
    version: '2011-06-15',
    action: 'GetCallerIdentity',
    parameters: {},
  });
  const result = objectAt(response, 'GetCallerIdentityResult');
  return { account: textAt(result, 'Account') ?? '', arn: textAt(result, 'Arn') ?? '' };
}

/** The name of the caller, as a person says it: the part of the ARN behind the last slash. */
export function nameOf({ arn, account }: Identity): string {
  const [, resource = ''] = arn.split(`:${account}:`);
  return resource.split('/').at(-1) || account;
}
