/** What the daemon shows to each account, in the form of the model, and what a single answer shows. */
import { type Ec2User, itemsOf } from '../client.js';
import type { Filter, Rule, Session, State, Tags, Target } from './state.js';

type Xml = Readonly<Record<string, unknown>>;

/** What is there, by table and id. */
export type Shown = Readonly<
  Record<'targets' | 'filters' | 'rules' | 'sessions', Readonly<Record<string, object>>>
>;

const RECEIVERS = ['networkInterfaceId', 'networkLoadBalancerArn', 'gatewayLoadBalancerEndpointId'] as const;

/**
 * All that each user sees.
 * @throws Error when a user sees what is another account's, or DescribeTags differs from the resources (rejects)
 */
export async function observe(users: ReadonlyMap<string, Ec2User>): Promise<Shown> {
  const shown = { targets: {}, filters: {}, rules: {}, sessions: {} };
  await Promise.all([...users].map(([account, user]) => observeAccount(account, user, shown)));
  return shown;
}

/** The state as it is to be shown. */
export function shownOf({ targets, filters, rules, sessions }: State): Shown {
  return {
    targets: Object.fromEntries(targets),
    filters: Object.fromEntries(filters),
    rules: Object.fromEntries(rules),
    sessions: Object.fromEntries(sessions),
  };
}

/** The resource in the answer of a Create or Modify; undefined when there is none. */
export function resourceIn(content: Xml, account: string): Target | Filter | Rule | Session | undefined {
  const part = (name: string) => content[name] as Xml | undefined;
  const [target, filter] = [part('trafficMirrorTarget'), part('trafficMirrorFilter')];
  const [rule, session] = [part('trafficMirrorFilterRule'), part('trafficMirrorSession')];
  if (target !== undefined) return targetOf(target);
  if (filter !== undefined) return filterOf(filter, account);
  if (rule !== undefined) return ruleOf(rule);
  return session === undefined ? undefined : sessionOf(session);
}

async function observeAccount(account: string, user: Ec2User, shown: Shown): Promise<void> {
  const [targets, filters, sessions, tags] = await Promise.all([
    user.must('DescribeTrafficMirrorTargets'),
    user.must('DescribeTrafficMirrorFilters'),
    user.must('DescribeTrafficMirrorSessions'),
    user.must('DescribeTags'),
  ]);
  const found: { readonly id: string; readonly owner?: string; readonly tags: Tags }[] = [];
  for (const item of itemsOf<Xml>(targets, 'trafficMirrorTargetSet'))
    found.push(put(shown.targets, targetOf(item)));
  for (const item of itemsOf<Xml>(sessions, 'trafficMirrorSessionSet'))
    found.push(put(shown.sessions, sessionOf(item)));
  for (const item of itemsOf<Xml>(filters, 'trafficMirrorFilterSet')) {
    found.push(put(shown.filters, filterOf(item, account)));
    for (const set of ['ingressFilterRuleSet', 'egressFilterRuleSet']) {
      for (const rule of itemsOf<Xml>(item, set)) found.push(put(shown.rules, ruleOf(rule)));
    }
  }
  const foreign = found.find(({ owner }) => owner !== undefined && owner !== account);
  if (foreign !== undefined) throw new Error(`${account} sees ${foreign.id} of ${foreign.owner}`);
  const told = itemsOf<Xml>(tags, 'tagSet').map(
    ({ resourceId, key, value }) => `${resourceId} ${key}=${value}`,
  );
  const wanted = found.flatMap((one) =>
    Object.entries(one.tags).map(([key, value]) => `${one.id} ${key}=${value}`),
  );
  if (told.sort().join() !== wanted.sort().join())
    throw new Error(`DescribeTags tells ${told}, resources ${wanted}`);
}

/** @throws Error when two accounts see it, or one of them twice */
function put<Resource extends { readonly id: string }>(
  table: Readonly<Record<string, object>>,
  resource: Resource,
): Resource {
  if (Object.hasOwn(table, resource.id)) throw new Error(`${resource.id} is shown twice`);
  Object.assign(table, { [resource.id]: resource });
  return resource;
}

function targetOf(item: Xml): Target {
  const receiver = RECEIVERS.find((name) => item[name] !== undefined) ?? RECEIVERS[0];
  return {
    id: String(item.trafficMirrorTargetId),
    owner: String(item.ownerId),
    receiver: [receiver.charAt(0).toUpperCase() + receiver.slice(1), String(item[receiver])],
    description: optional(item.description),
    tags: tagsOf(item),
  };
}

/** Answers do not tell whose a filter is. */
function filterOf(item: Xml, owner: string): Filter {
  return {
    id: String(item.trafficMirrorFilterId),
    owner,
    services: itemsOf<string>(item, 'networkServiceSet'),
    description: optional(item.description),
    tags: tagsOf(item),
  };
}

function ruleOf(item: Xml): Rule {
  const range = (name: string): string | undefined => {
    const ports = item[name] as { fromPort: string; toPort: string } | undefined;
    return ports && `${ports.fromPort}-${ports.toPort}`;
  };
  return {
    id: String(item.trafficMirrorFilterRuleId),
    filter: String(item.trafficMirrorFilterId),
    direction: String(item.trafficDirection),
    number: String(item.ruleNumber),
    action: String(item.ruleAction),
    protocol: optional(item.protocol),
    sourcePorts: range('sourcePortRange'),
    destinationPorts: range('destinationPortRange'),
    sourceCidr: String(item.sourceCidrBlock),
    destinationCidr: String(item.destinationCidrBlock),
    description: optional(item.description),
    tags: tagsOf(item),
  };
}

function sessionOf(item: Xml): Session {
  return {
    id: String(item.trafficMirrorSessionId),
    owner: String(item.ownerId),
    source: String(item.networkInterfaceId),
    target: String(item.trafficMirrorTargetId),
    filter: String(item.trafficMirrorFilterId),
    number: String(item.sessionNumber),
    packetLength: optional(item.packetLength),
    vni: String(item.virtualNetworkId),
    description: optional(item.description),
    tags: tagsOf(item),
  };
}

function tagsOf(item: Xml): Tags {
  return Object.fromEntries(
    itemsOf<{ key: string; value: string }>(item, 'tagSet').map(({ key, value }) => [key, value]),
  );
}

function optional(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}
