/** Resource Access Manager: a path per action, JSON in both directions. */
import type { Client } from './client.js';
import { readJsonError } from './json.js';

/** Members of a request or response. */
type Structure = Readonly<Record<string, unknown>>;

/** The name of the list in the response of each action that has pages. */
const LISTS = {
  GetResourceShares: 'resourceShares',
  GetResourceShareAssociations: 'resourceShareAssociations',
  GetResourceShareInvitations: 'resourceShareInvitations',
  ListPrincipals: 'principals',
  ListResources: 'resources',
} as const;

/** Calls an action. Its path is its name in lower case. @throws ApiError */
export async function callRam<Response = Structure>(
  client: Client,
  action: string,
  input: Structure = {},
  signal?: AbortSignal,
): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const path = `/${action.toLowerCase()}`;
  const body = JSON.stringify(input);
  const request = { service: 'ram', action, path, headers, body, ...(signal && { signal }) };
  return JSON.parse(await client.send(request, readJsonError)) as Response;
}

/** Deletes a resource share. @throws ApiError */
export async function deleteResourceShare(
  client: Client,
  resourceShareArn: string,
  clientToken: string,
): Promise<void> {
  const query = new URLSearchParams({ clientToken, resourceShareArn });
  const path = `/deleteresourceshare?${query}`;
  await client.send({ service: 'ram', action: 'DeleteResourceShare', method: 'DELETE', path }, readJsonError);
}

/** All items of an action with pages. @throws ApiError */
export async function listRam<Item>(
  client: Client,
  action: keyof typeof LISTS,
  input: Structure = {},
  signal?: AbortSignal,
): Promise<Item[]> {
  const items: Item[] = [];
  let nextToken: string | undefined;
  do {
    const response = await callRam(client, action, { ...input, nextToken }, signal);
    items.push(...((response[LISTS[action]] ?? []) as Item[]));
    nextToken = response.nextToken as string | undefined;
  } while (nextToken !== undefined);
  return items;
}
