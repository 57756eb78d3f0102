/** Traffic mirror filters: their Create, Delete and Describe actions, and ModifyTrafficMirrorFilterNetworkServices. */
import { parseOneOf } from '../../resources/text.js';
import {
  NETWORK_SERVICES,
  type RulePlace,
  rulesOf,
  type TrafficMirrorFilter,
} from '../../resources/traffic-mirror-filter.js';
import { type Creation, createOnce, deleteResource, describe, requireUnused } from './common-actions.js';
import type { Actions, Ec2Call } from './ec2-call.js';
import { invalidCombination } from './ec2-error.js';
import { ruleContent } from './filter-rule.js';
import { type Entry, newId, type ResourceKinds } from './kinds.js';
import type { Fields } from './lists.js';
import { attributeConditions } from './policy-conditions.js';
import type { Structure } from './response.js';
import { readDescription, readTagSpecifications, requireParsed, tagSet } from './values.js';
import { requireQuota } from './violations.js';

type Filter = Entry<ResourceKinds['filters']>;

const FILTER_FIELDS: Fields<Filter> = {
  description: ({ resource }) => resource.description,
  'traffic-mirror-filter-id': ({ resource }) => resource.trafficMirrorFilterId,
};

/** The actions of this file by name. */
export const FILTER_ACTIONS = {
  CreateTrafficMirrorFilter: createTrafficMirrorFilter,
  DeleteTrafficMirrorFilter: deleteTrafficMirrorFilter,
  DescribeTrafficMirrorFilters: describeTrafficMirrorFilters,
  ModifyTrafficMirrorFilterNetworkServices: modifyTrafficMirrorFilterNetworkServices,
} satisfies Actions;

function createTrafficMirrorFilter(call: Ec2Call): Promise<Structure> {
  const { parameters, context } = call;
  const description = readDescription(parameters);
  const tags = readTagSpecifications(parameters, 'filters');
  const allow = (): void => call.allowCreation('filters', tags);
  const make = (): Creation => {
    requireQuota(call, 'filters');
    const resource: TrafficMirrorFilter = {
      trafficMirrorFilterId: newId('filters'),
      networkServices: [],
      ingressFilterRules: [],
      egressFilterRules: [],
      ...(description !== undefined && { description }),
      tags,
    };
    const entry: Entry<TrafficMirrorFilter> = {
      ownerId: call.accountId,
      order: context.catalog.nextOrder(),
      resource,
    };
    return {
      id: resource.trafficMirrorFilterId,
      changes: [{ table: 'filters', key: resource.trafficMirrorFilterId, value: entry }],
    };
  };
  const contentOf = (id: string): Structure => ({
    trafficMirrorFilter: filterContent(context.catalog.created('filters', id)),
  });
  return createOnce(call, { allow, make, contentOf });
}

/** Adds and removes network services. Adding one that is there, or removing one that is not, is no error. */
async function modifyTrafficMirrorFilterNetworkServices(call: Ec2Call): Promise<Structure> {
  const { parameters, context } = call;
  const id = parameters.requiredText('TrafficMirrorFilterId');
  const added = readServices(call, 'AddNetworkService');
  const removed = readServices(call, 'RemoveNetworkService');
  const both = added.find((service) => removed.includes(service));
  if (both !== undefined) {
    throw invalidCombination(`The network service ${both} cannot be added and removed in one request`);
  }
  call.finish();

  const attributes = { AddNetworkService: added, RemoveNetworkService: removed };
  const entry = call.requireOwn('filters', id, attributeConditions(attributes));
  const old = entry.resource.networkServices;
  const networkServices = NETWORK_SERVICES.filter(
    (service) => !removed.includes(service) && (old.includes(service) || added.includes(service)),
  );
  call.endDryRun();
  const changed = { ...entry, resource: { ...entry.resource, networkServices } };
  await context.store.commit([{ table: 'filters', key: id, value: changed }]);
  return { trafficMirrorFilter: filterContent(changed) };
}

/** Deletes a filter with its rules. */
function deleteTrafficMirrorFilter(call: Ec2Call): Promise<Structure> {
  return deleteResource(call, 'filters', 'TrafficMirrorFilterId', (id) => {
    const [user] = call.context.catalog.sessionsOfFilter(id);
    requireUnused('Filter', id, user?.resource.trafficMirrorSessionId);
  });
}

function describeTrafficMirrorFilters(call: Ec2Call): Promise<Structure> {
  return describe(call, {
    kind: 'filters',
    idParameter: 'TrafficMirrorFilterId',
    name: 'trafficMirrorFilterSet',
    fields: FILTER_FIELDS,
    contentOf: filterContent,
  });
}

function readServices({ parameters }: Ec2Call, name: string) {
  return parameters
    .texts(name)
    .map((service) => requireParsed(parseOneOf(service, NETWORK_SERVICES), service, 'networkService'));
}

/** A filter as responses show it. Empty lists are not left out. */
function filterContent({ resource }: Entry<ResourceKinds['filters']>): Structure {
  const rules = rulesOf(resource);
  const inDirection = (direction: RulePlace['direction']): Structure[] =>
    rules
      .filter((place) => place.direction === direction)
      .map((place) => ruleContent(resource.trafficMirrorFilterId, place));
  return {
    trafficMirrorFilterId: resource.trafficMirrorFilterId,
    ingressFilterRuleSet: inDirection('ingress'),
    egressFilterRuleSet: inDirection('egress'),
    networkServiceSet: resource.networkServices,
    description: resource.description,
    tagSet: tagSet(resource.tags),
  };
}
