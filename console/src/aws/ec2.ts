/** EC2 Query: one action, and lists of any number of pages. */
import type { Client } from './client.js';
import type { Parameters } from './parameters.js';
import { callQuery } from './query.js';
import { listAt, textAt, type XmlObject } from './xml.js';

const VERSION = '2016-11-15';

/** The most that a page may hold. */
const PAGE_SIZE = 1000;

/** A filter of a Describe action: a resource passes when one of the values fits. */
export interface ApiFilter {
  readonly Name: string;
  readonly Value: readonly string[];
}

/** A Describe action, and how its items are read. */
export interface Describe<T> {
  readonly action: string;
  /** The element that holds the items. */
  readonly set: string;
  /** The parameter that asks for single resources by id. */
  readonly idParameter: string;
  readonly parse: (item: XmlObject) => T;
}

/** What to list. */
export interface ListRequest {
  readonly filters?: readonly ApiFilter[] | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Calls an action of EC2. @returns the root of its response. @throws ApiError */
export function callEc2(
  client: Client,
  action: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<XmlObject> {
  return callQuery(client, { service: 'ec2', version: VERSION, action, parameters, signal });
}

/** The pages of a list, one after the other, as they come. @throws ApiError */
export async function* pagesOf<T>(
  client: Client,
  { action, set, idParameter, parse }: Describe<T>,
  { filters, ids, signal }: ListRequest = {},
): AsyncGenerator<T[]> {
  let NextToken: string | undefined;
  do {
    // A list of ids and MaxResults exclude each other.
    const page = ids === undefined ? { MaxResults: PAGE_SIZE, NextToken } : { [idParameter]: ids };
    const response = await callEc2(client, action, { ...page, Filter: filters as never }, signal);
    yield listAt(response, set).map(parse);
    NextToken = textAt(response, 'nextToken') || undefined;
  } while (NextToken !== undefined);
}

/** All items of a list. @throws ApiError */
export async function listAll<T>(client: Client, describe: Describe<T>, request?: ListRequest): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pagesOf(client, describe, request)) items.push(...page);
  return items;
}
