/** Traffic mirror targets: CreateTrafficMirrorTarget, DeleteTrafficMirrorTarget, DescribeTrafficMirrorTargets. */
import { checkReceiver, checkTargetInterface, checkTargetIsNoSource } from '../../resources/rules.js';
import type { Receiver, TrafficMirrorTarget } from '../../resources/traffic-mirror-target.js';
import { type Creation, createOnce, deleteResource, describe, requireUnused } from './common-actions.js';
import type { Actions, Ec2Call } from './ec2-call.js';
import { belongsToAnother, invalidValue } from './ec2-error.js';
import { type Entry, newId, type ResourceKinds } from './kinds.js';
import type { Fields } from './lists.js';
import type { Structure } from './response.js';
import { readDescription, readTagSpecifications, tagSet } from './values.js';
import { interfaceIsTarget, requireNone, requireQuota } from './violations.js';

type Target = Entry<ResourceKinds['targets']>;

const TARGET_FIELDS: Fields<Target> = {
  description: ({ resource }) => resource.description,
  'network-interface-id': ({ resource }) => resource.networkInterfaceId,
  'network-load-balancer-arn': ({ resource }) => resource.networkLoadBalancerArn,
  'owner-id': ({ ownerId }) => ownerId,
  'traffic-mirror-target-id': ({ resource }) => resource.trafficMirrorTargetId,
};

/** The actions of this file by name. */
export const TARGET_ACTIONS = {
  CreateTrafficMirrorTarget: createTrafficMirrorTarget,
  DeleteTrafficMirrorTarget: deleteTrafficMirrorTarget,
  DescribeTrafficMirrorTargets: describeTrafficMirrorTargets,
} satisfies Actions;

function createTrafficMirrorTarget(call: Ec2Call): Promise<Structure> {
  const { parameters, context } = call;
  const receiver = readReceiver(call);
  const description = readDescription(parameters);
  const tags = readTagSpecifications(parameters, 'targets');
  const allow = (): void => {
    call.allowCreation('targets', tags);
    allowReceiver(call, receiver);
  };
  const make = (): Creation => {
    requireFree(call, receiver);
    requireQuota(call, 'targets');
    const resource: TrafficMirrorTarget = {
      trafficMirrorTargetId: newId('targets'),
      ...receiver,
      ...(description !== undefined && { description }),
      tags,
    };
    const entry: Entry<TrafficMirrorTarget> = {
      ownerId: call.accountId,
      order: context.catalog.nextOrder(),
      resource,
    };
    return {
      id: resource.trafficMirrorTargetId,
      changes: [{ table: 'targets', key: resource.trafficMirrorTargetId, value: entry }],
    };
  };
  const contentOf = (id: string): Structure => ({
    trafficMirrorTarget: targetContent(context.catalog.created('targets', id)),
  });
  return createOnce(call, { allow, make, contentOf });
}

/**
 * Deletes a target, unless sessions of its owner use it. Sessions of other accounts that use it become inactive: they
 * cannot keep the owner from deleting the target.
 */
function deleteTrafficMirrorTarget(call: Ec2Call): Promise<Structure> {
  return deleteResource(call, 'targets', 'TrafficMirrorTargetId', (id) => {
    const users = call.context.catalog
      .sessionsOfTarget(id)
      .filter(({ ownerId }) => ownerId === call.accountId);
    requireUnused('Target', id, users[0]?.resource.trafficMirrorSessionId);
  });
}

function describeTrafficMirrorTargets(call: Ec2Call): Promise<Structure> {
  return describe(call, {
    kind: 'targets',
    idParameter: 'TrafficMirrorTargetId',
    name: 'trafficMirrorTargetSet',
    fields: TARGET_FIELDS,
    contentOf: targetContent,
  });
}

function readReceiver(call: Ec2Call): Receiver {
  const { parameters } = call;
  const networkInterfaceId = parameters.text('NetworkInterfaceId');
  const networkLoadBalancerArn = parameters.text('NetworkLoadBalancerArn');
  const gatewayLoadBalancerEndpointId = parameters.text('GatewayLoadBalancerEndpointId');
  const given = {
    ...(networkInterfaceId !== undefined && { networkInterfaceId }),
    ...(networkLoadBalancerArn !== undefined && { networkLoadBalancerArn }),
    ...(gatewayLoadBalancerEndpointId !== undefined && { gatewayLoadBalancerEndpointId }),
  };
  requireNone(call, checkReceiver(given));
  return given;
}

/** Asks for permission to use the receiver. Load balancers need none, as in EC2. */
function allowReceiver(call: Ec2Call, { networkInterfaceId, gatewayLoadBalancerEndpointId }: Receiver): void {
  if (networkInterfaceId !== undefined) call.allowInterface(networkInterfaceId);
  if (gatewayLoadBalancerEndpointId !== undefined) call.allowEndpoint(gatewayLoadBalancerEndpointId);
}

/** Requires that the receiver exists, has an address, and is neither a source nor already an interface target. */
function requireFree(call: Ec2Call, receiver: Receiver): void {
  const { catalog } = call.context;
  const { networkInterfaceId, networkLoadBalancerArn, gatewayLoadBalancerEndpointId } = receiver;
  if (networkInterfaceId !== undefined) requireFreeInterface(call, networkInterfaceId);
  else if (gatewayLoadBalancerEndpointId !== undefined) call.findEndpoint(gatewayLoadBalancerEndpointId);
  else if (catalog.receiverAddresses(receiver).length === 0) {
    throw invalidValue(networkLoadBalancerArn, 'networkLoadBalancerArn', 'There is no such load balancer');
  }
  const name = networkInterfaceId ?? networkLoadBalancerArn ?? gatewayLoadBalancerEndpointId;
  requireNone(call, checkTargetIsNoSource(catalog, receiver), name);
}

function requireFreeInterface(call: Ec2Call, id: string): void {
  const found = call.findInterface(id);
  // Who owns only its subnet may mirror it, not receive by it.
  const { ownerId = call.accountId } = found;
  if (ownerId !== call.accountId) throw belongsToAnother(id, ownerId);
  requireNone(call, checkTargetInterface(found), id);
  // A file may have two targets on one interface; EC2 has no more than one.
  const target = call.context.catalog.targetOfInterface(id);
  if (target !== undefined) throw interfaceIsTarget(call, id, target);
}

/** A target as responses show it. Members without a value are left out. */
function targetContent({ ownerId, resource }: Entry<ResourceKinds['targets']>): Structure {
  const { networkInterfaceId, networkLoadBalancerArn, gatewayLoadBalancerEndpointId } = resource;
  return {
    trafficMirrorTargetId: resource.trafficMirrorTargetId,
    networkInterfaceId,
    networkLoadBalancerArn,
    gatewayLoadBalancerEndpointId,
    type: typeOfReceiver(resource),
    description: resource.description,
    ownerId,
    tagSet: tagSet(resource.tags),
  };
}

function typeOfReceiver({ networkInterfaceId, networkLoadBalancerArn }: Receiver): string {
  if (networkInterfaceId !== undefined) return 'network-interface';
  return networkLoadBalancerArn !== undefined ? 'network-load-balancer' : 'gateway-load-balancer-endpoint';
}
