/** GetStatus: one page of what an account sees of the status. The text of each item is made once, and bounds the page. */
import type { z } from 'zod';
import { isDeclared } from '../ec2/kinds.js';
import type { AccountView, ViewedLists } from './account-view.js';
import { healthItem } from './health-item.js';
import type { getStatusInput } from './input.js';
import { TrafficMirrorError } from './service-error.js';
import { sessionItem } from './session-items.js';
import type { StatusDaemon, StatusDocument, StatusEndpoint, StatusFilter, StatusPart } from './shape.js';
import { sourceItem } from './source-items.js';
import { loadBalancerItems, targetItem } from './target-items.js';

/** Items of a page. */
const PAGE_SIZE = 1000;
/** A page may have fewer items than it could: one with the counts of many rules is long. */
const MAXIMUM_PAGE_CHARACTERS = 2 ** 20;

/** The lists that have pages, in the order of the pages. */
const PAGED = ['sources', 'sessions', 'targets', 'filters'] as const satisfies readonly StatusPart[];

type PagedPart = (typeof PAGED)[number];

/** Where a page begins: behind an id of a list. */
interface Position {
  readonly part: PagedPart;
  readonly after: string;
}

type Input = z.output<typeof getStatusInput>;

/** An item of a list, which is made when it is shown. */
interface Item {
  readonly id: string;
  readonly make: () => object | undefined;
}

/**
 * The body of the response.
 * @throws TrafficMirrorError InvalidNextTokenException, InvalidParameterCombinationException
 */
export function getStatus(view: AccountView, input: Input): string {
  const { Include, SessionIds, TargetIds, MaxResults, NextToken } = input;
  const isNamed = SessionIds !== undefined || TargetIds !== undefined;
  if (isNamed && (MaxResults !== undefined || NextToken !== undefined)) {
    const text = 'SessionIds and TargetIds cannot be used with MaxResults and NextToken';
    throw new TrafficMirrorError('InvalidParameterCombinationException', text);
  }
  const start = NextToken === undefined ? undefined : readToken(NextToken, Include);
  const lists = isNamed ? view.named(SessionIds ?? [], TargetIds ?? []) : view.lists;
  const page = new Page(isNamed ? Number.POSITIVE_INFINITY : (MaxResults ?? PAGE_SIZE), isNamed);
  for (const part of PAGED) {
    if (Include.includes(part)) page.add(part, itemsOf(view, lists, part), start);
  }
  const first = start === undefined ? Include : [];
  const members = [
    ...Object.entries(headOf(view)).map(([name, value]) => memberText(name, JSON.stringify(value))),
    ...fixedLists(view, first),
    ...page.texts,
  ];
  const { next } = page;
  return `{"Status":{${members.join()}}${next === undefined ? '' : `,${memberText('NextToken', JSON.stringify(writeToken(next)))}`}}`;
}

function headOf(view: AccountView): StatusDocument {
  const { status, countersAt, countersSeconds } = view.reading;
  const { startedAt, generation } = status;
  return { startedAt, countersAt, countersSeconds, generation, health: healthItem(view) };
}

function fixedLists(view: AccountView, parts: readonly StatusPart[]): string[] {
  const texts: string[] = [];
  const add = (part: StatusPart, value: unknown): void => {
    if (parts.includes(part)) texts.push(memberText(part, JSON.stringify(value)));
  };
  if (view.isHost) add('daemon', daemonItem(view));
  if (parts.includes('loadBalancers')) add('loadBalancers', loadBalancerItems(view));
  if (parts.includes('endpoints')) add('endpoints', endpointItems(view));
  return texts;
}

function daemonItem({ reading: { status } }: AccountView): StatusDaemon {
  const { pid, version, uptimeSeconds, configurationFile, io, loopDelayMs } = status;
  const { engineConfinement, reload, selectors, engines } = status;
  return {
    pid,
    version,
    uptimeSeconds,
    configurationFile,
    io,
    loopDelayMs,
    engineConfinement,
    reload,
    selectors,
    engines,
  };
}

function endpointItems({ catalog, isHost }: AccountView): StatusEndpoint[] {
  return catalog.declared.gatewayLoadBalancerEndpoints.map(({ gatewayLoadBalancerEndpointId, address }) => ({
    gatewayLoadBalancerEndpointId,
    ...(isHost && { address }),
  }));
}

function itemsOf(view: AccountView, lists: ViewedLists, part: PagedPart): readonly Item[] {
  const named = part === 'sources' ? undefined : part;
  if (named === undefined) return lists.sources.map((id) => ({ id, make: () => sourceItem(view, id) }));
  if (named === 'sessions') {
    return lists.sessions.map((entry) => ({
      id: entry.resource.trafficMirrorSessionId,
      make: () => sessionItem(view, entry),
    }));
  }
  if (named === 'targets') {
    return lists.targets.map((entry) => ({
      id: entry.resource.trafficMirrorTargetId,
      make: () => targetItem(view, entry),
    }));
  }
  return lists.filters.map((entry) => ({
    id: entry.resource.trafficMirrorFilterId,
    make: (): StatusFilter => ({
      filterId: entry.resource.trafficMirrorFilterId,
      ownerId: entry.ownerId,
      declared: isDeclared(entry),
    }),
  }));
}

/** The lists of one page. */
class Page {
  /** A member each. */
  readonly texts: string[] = [];
  /** Behind what the next page begins; undefined: this is the last one. */
  next: Position | undefined;
  readonly #isWhole: boolean;
  #left: number;
  #characters = 0;
  /** The last item of the page. */
  #last: Position | undefined;

  /** @param isWhole whatever its length */
  constructor(size: number, isWhole: boolean) {
    this.#left = size;
    this.#isWhole = isWhole;
  }

  /** Adds as much of a list as there is room for. @param start where the page begins; undefined: at the first list */
  add(part: PagedPart, items: readonly Item[], start: Position | undefined): void {
    const isBefore = start !== undefined && PAGED.indexOf(part) < PAGED.indexOf(start.part);
    if (isBefore || this.next !== undefined) return;
    const texts: string[] = [];
    let index = start?.part === part ? firstBehind(items, start.after) : 0;
    for (; index < items.length; index += 1) {
      if (this.#isFull) {
        this.next = this.#last ?? { part, after: '' };
        break;
      }
      const { id, make } = items[index];
      const text = JSON.stringify(make());
      this.#last = { part, after: id };
      // It has ended since the list was made.
      if (text === undefined) continue;
      texts.push(text);
      this.#left -= 1;
      this.#characters += text.length;
    }
    this.texts.push(memberText(part, `[${texts.join()}]`));
  }

  get #isFull(): boolean {
    return !this.#isWhole && (this.#left <= 0 || this.#characters >= MAXIMUM_PAGE_CHARACTERS);
  }
}

/** The index of the first item behind an id, which may be gone. */
function firstBehind(items: readonly Item[], id: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (items[middle].id <= id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function memberText(name: string, value: string): string {
  return `"${name}":${value}`;
}

function writeToken({ part, after }: Position): string {
  return Buffer.from(JSON.stringify([part, after])).toString('base64url');
}

/** @throws TrafficMirrorError InvalidNextTokenException */
function readToken(token: string, included: readonly StatusPart[]): Position {
  const position = parseToken(token);
  if (position !== undefined && included.includes(position.part)) return position;
  throw new TrafficMirrorError('InvalidNextTokenException', 'NextToken is none of a page of these lists');
}

function parseToken(token: string): Position | undefined {
  try {
    const [name, after, ...more] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as unknown[];
    const part = PAGED.find((known) => known === name);
    if (part === undefined || typeof after !== 'string' || more.length > 0) return undefined;
    return { part, after };
  } catch {
    return undefined;
  }
}
