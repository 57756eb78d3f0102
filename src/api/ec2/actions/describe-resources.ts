/** The Describe actions of targets, filters, filter rules and sessions. */
import { DIRECTIONS } from '../../../plan/mirror-plan.js';
import type { Structure } from '../answer.js';
import type { FoundRule } from '../catalog.js';
import { filterContent, ruleContent, sessionContent, targetContent } from '../contents.js';
import type { Ec2Call } from '../ec2-call.js';
import { type Fields, readFilters } from '../filters.js';
import { notFound } from '../kinds.js';
import { makePage, type Place, readPageRequest } from '../pages.js';
import type { Entry, Kind, ResourceKinds } from '../records.js';
import { rulesOf } from '../rules.js';

type Target = Entry<ResourceKinds['targets']>;
type Filter = Entry<ResourceKinds['filters']>;
type Session = Entry<ResourceKinds['sessions']>;

const TARGET_FIELDS: Fields<Target> = {
  description: ({ resource }) => resource.description,
  'network-interface-id': ({ resource }) => resource.networkInterfaceId,
  'network-load-balancer-arn': ({ resource }) => resource.networkLoadBalancerArn,
  'owner-id': ({ ownerId }) => ownerId,
  'traffic-mirror-target-id': ({ resource }) => resource.trafficMirrorTargetId,
};

const FILTER_FIELDS: Fields<Filter> = {
  description: ({ resource }) => resource.description,
  'traffic-mirror-filter-id': ({ resource }) => resource.trafficMirrorFilterId,
};

const SESSION_FIELDS: Fields<Session> = {
  description: ({ resource }) => resource.description,
  'network-interface-id': ({ resource }) => resource.networkInterfaceId,
  'owner-id': ({ ownerId }) => ownerId,
  'packet-length': ({ resource }) => resource.packetLength,
  'session-number': ({ resource }) => resource.sessionNumber,
  'traffic-mirror-filter-id': ({ resource }) => resource.trafficMirrorFilterId,
  'traffic-mirror-session-id': ({ resource }) => resource.trafficMirrorSessionId,
  'traffic-mirror-target-id': ({ resource }) => resource.trafficMirrorTargetId,
  'virtual-network-id': ({ resource }) => resource.virtualNetworkId,
};

const RULE_FIELDS: Fields<FoundRule> = {
  'traffic-mirror-filter-rule-id': ({ id }) => id,
  'traffic-mirror-filter-id': ({ filter }) => filter.resource.trafficMirrorFilterId,
  'rule-number': ({ rule }) => rule.ruleNumber,
  'rule-action': ({ rule }) => rule.ruleAction,
  'traffic-direction': ({ direction }) => direction,
  protocol: ({ rule }) => rule.protocol,
  'source-cidr-block': ({ rule }) => rule.sourceCidrBlock,
  'destination-cidr-block': ({ rule }) => rule.destinationCidrBlock,
  description: ({ rule }) => rule.description,
};

export function describeTrafficMirrorTargets(call: Ec2Call): Promise<Structure> {
  return describe(
    call,
    'targets',
    'TrafficMirrorTargetId',
    'trafficMirrorTargetSet',
    TARGET_FIELDS,
    targetContent,
  );
}

export function describeTrafficMirrorFilters(call: Ec2Call): Promise<Structure> {
  return describe(
    call,
    'filters',
    'TrafficMirrorFilterId',
    'trafficMirrorFilterSet',
    FILTER_FIELDS,
    filterContent,
  );
}

export function describeTrafficMirrorSessions(call: Ec2Call): Promise<Structure> {
  const [kind, id, set] = ['sessions', 'TrafficMirrorSessionId', 'trafficMirrorSessionSet'] as const;
  return describe(call, kind, id, set, SESSION_FIELDS, sessionContent);
}

/** Of one filter, or of all; rules by their ids, or all. */
export async function describeTrafficMirrorFilterRules(call: Ec2Call): Promise<Structure> {
  const { parameters } = call;
  const ids = parameters.texts('TrafficMirrorFilterRuleId');
  const filterId = parameters.text('TrafficMirrorFilterId');
  const fits = readFilters(parameters, RULE_FIELDS, ({ rule }) => rule.tags);
  const page = readPageRequest(call);
  call.finish();
  call.allowAction();
  if (filterId !== undefined && call.visible('filters', filterId) === undefined)
    throw notFound('filters', filterId);
  for (const id of ids) {
    if (call.visibleRule(id) === undefined) throw notFound('rules', id);
  }
  call.endDryRun();
  const wanted = new Set(ids);
  return makePage(call, page, {
    name: 'trafficMirrorFilterRuleSet',
    places: () => rulePlaces(visibleOf(call, 'filters')),
    fits: ({ id, filter, ...place }) => {
      if (filterId !== undefined && filter.resource.trafficMirrorFilterId !== filterId) return false;
      return (wanted.size === 0 || wanted.has(id)) && fits({ id, filter, ...place });
    },
    contentOf: (found) => ruleContent(found.filter.resource.trafficMirrorFilterId, found),
  });
}

function* rulePlaces(filters: readonly Filter[]): Generator<Place<FoundRule>> {
  for (const filter of filters) {
    for (const place of rulesOf(filter.resource)) {
      const position = [filter.order, DIRECTIONS.indexOf(place.direction), place.rule.ruleNumber];
      yield { item: { filter, ...place }, position };
    }
  }
}

/** Those of now that the caller sees. */
function visibleOf<K extends Kind>(call: Ec2Call, kind: K): Entry<ResourceKinds[K]>[] {
  return [...call.context.catalog.all(kind)].filter((entry) => call.sees(kind, entry));
}

/** @throws Ec2Error `….NotFound` for an id that the caller cannot see, which is what waiting clients look for */
async function describe<K extends Kind>(
  call: Ec2Call,
  kind: K,
  idParameter: string,
  name: string,
  fields: Fields<Entry<ResourceKinds[K]>>,
  contentOf: (entry: Entry<ResourceKinds[K]>) => Structure,
): Promise<Structure> {
  const ids = [...new Set(call.parameters.texts(idParameter))];
  const fits = readFilters(call.parameters, fields, ({ resource }) => resource.tags);
  const page = readPageRequest(call);
  call.finish();
  call.allowAction();
  const find = (id: string): Entry<ResourceKinds[K]> => {
    const entry = call.visible(kind, id);
    if (entry === undefined) throw notFound(kind, id);
    return entry;
  };
  ids.forEach(find);
  call.endDryRun();
  const entries = (): Entry<ResourceKinds[K]>[] =>
    ids.length === 0 ? visibleOf(call, kind) : ids.map(find).sort((a, b) => a.order - b.order);
  return makePage(call, page, {
    name,
    places: () => entries().map((item) => ({ item, position: [item.order] })),
    fits,
    contentOf,
  });
}
