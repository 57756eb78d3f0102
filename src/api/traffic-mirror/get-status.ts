/** GetStatus: one page of what an account sees of the status. The text of each item is made once, and bounds the page. */
import type { z } from 'zod';
import { isDeclared } from '../ec2/kinds.js';
import type { Slices } from '../work-queue.js';
import type { AccountView, ViewedLists } from './account-view.js';
import { healthItem } from './health-item.js';
import type { getStatusInput } from './input.js';
import { TrafficMirrorError } from './service-error.js';
import { sessionItem, withoutRules } from './session-items.js';
import type { StatusDaemon, StatusDocument, StatusEndpoint, StatusFilter, StatusPart } from './shape.js';
import { sourceItem } from './source-items.js';
import {
  memberText,
  PAGED,
  type PagedPart,
  type PageItem,
  readToken,
  StatusPage,
  writeToken,
} from './status-page.js';
import { loadBalancerItems, targetItem } from './target-items.js';

/** Items of a page. */
const PAGE_SIZE = 1000;

type Input = z.output<typeof getStatusInput>;

/**
 * The body of the response. A long list is made in slices, all of it of the one status that the view has.
 * @throws TrafficMirrorError InvalidNextTokenException, InvalidParameterCombinationException (rejects)
 */
export async function getStatus(view: AccountView, input: Input, slices: Slices): Promise<string> {
  const { Include, SessionIds, TargetIds, MaxResults, NextToken } = input;
  const isNamed = SessionIds !== undefined || TargetIds !== undefined;
  if (isNamed && (MaxResults !== undefined || NextToken !== undefined)) {
    const text = 'SessionIds and TargetIds cannot be used with MaxResults and NextToken';
    throw new TrafficMirrorError('InvalidParameterCombinationException', text);
  }
  const start = NextToken === undefined ? undefined : readToken(NextToken, Include);
  const lists = isNamed ? view.named(SessionIds ?? [], TargetIds ?? []) : view.lists;
  const page = new StatusPage({
    size: isNamed ? Number.POSITIVE_INFINITY : (MaxResults ?? PAGE_SIZE),
    isWhole: isNamed,
    slices,
    texts: view.reading.textsOf(`${view.accountId} ${view.isHost}`),
  });
  for (const part of PAGED) {
    if (Include.includes(part)) await page.add(part, itemsOf(view, lists, part), start);
  }
  const first = start === undefined ? Include : [];
  const members = [
    ...Object.entries(headOf(view)).map(([name, value]) => memberText(name, JSON.stringify(value))),
    ...fixedLists(view, first, isNamed ? lists.targets : undefined),
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

/** @param targets whose load balancers and endpoints are wanted; undefined: all that the account sees */
function fixedLists(
  view: AccountView,
  parts: readonly StatusPart[],
  targets: ViewedLists['targets'] | undefined,
): string[] {
  const texts: string[] = [];
  const add = (part: StatusPart, value: unknown): void => {
    if (parts.includes(part)) texts.push(memberText(part, JSON.stringify(value)));
  };
  if (view.isHost) add('daemon', daemonItem(view));
  if (parts.includes('loadBalancers')) {
    const used = targets && new Set(targets.map(({ resource }) => resource.networkLoadBalancerArn));
    const isUsed = (arn: string): boolean => used?.has(arn) ?? true;
    add(
      'loadBalancers',
      loadBalancerItems(view).filter((one) => isUsed(one.networkLoadBalancerArn)),
    );
  }
  if (parts.includes('endpoints')) {
    const used = targets && new Set(targets.map(({ resource }) => resource.gatewayLoadBalancerEndpointId));
    const isUsed = (id: string): boolean => used?.has(id) ?? true;
    add(
      'endpoints',
      endpointItems(view).filter((one) => isUsed(one.gatewayLoadBalancerEndpointId)),
    );
  }
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

function itemsOf(view: AccountView, lists: ViewedLists, part: PagedPart): readonly PageItem[] {
  const named = part === 'sources' ? undefined : part;
  if (named === undefined)
    return lists.sources.map((id) => ({ id, key: id, make: () => sourceItem(view, id) }));
  if (named === 'sessions') {
    return lists.sessions.map((entry) => ({
      id: entry.resource.trafficMirrorSessionId,
      key: entry,
      make: () => sessionItem(view, entry),
      makeShort: () => withoutRules(sessionItem(view, entry)),
    }));
  }
  if (named === 'targets') {
    return lists.targets.map((entry) => ({
      id: entry.resource.trafficMirrorTargetId,
      key: entry,
      make: () => targetItem(view, entry),
    }));
  }
  return lists.filters.map((entry) => ({
    id: entry.resource.trafficMirrorFilterId,
    key: entry,
    make: (): StatusFilter => ({
      filterId: entry.resource.trafficMirrorFilterId,
      ownerId: entry.ownerId,
      declared: isDeclared(entry),
    }),
  }));
}
