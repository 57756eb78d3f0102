/** Traffic mirror sessions: their Create, Modify, Delete and Describe actions. */
import { parsePacketLength, parseSessionNumber, parseVni } from '../../resources/numbers.js';
import { checkSource, checkSourceIsNoTarget } from '../../resources/rules.js';
import {
  chooseVni,
  completePacketLength,
  type TrafficMirrorSession,
} from '../../resources/traffic-mirror-session.js';
import { type Creation, createOnce, deleteResource, describe } from './common-actions.js';
import type { Actions, Ec2Call } from './ec2-call.js';
import { type Entry, newId, type ResourceKinds } from './kinds.js';
import type { Fields } from './lists.js';
import { attributeConditions } from './policy-conditions.js';
import type { Structure } from './response.js';
import { activityContent, activityFields } from './session-activity.js';
import {
  optionalInteger,
  readDescription,
  readRemovedFields,
  readTagSpecifications,
  requiredInteger,
  tagSet,
} from './values.js';
import {
  requireNone,
  requireQuota,
  requireRoom,
  requireRoomForSource,
  requireSessionRules,
} from './violations.js';

type Session = Entry<ResourceKinds['sessions']>;

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

/** The actions of this file by name. */
export const SESSION_ACTIONS = {
  CreateTrafficMirrorSession: createTrafficMirrorSession,
  DeleteTrafficMirrorSession: deleteTrafficMirrorSession,
  DescribeTrafficMirrorSessions: describeTrafficMirrorSessions,
  ModifyTrafficMirrorSession: modifyTrafficMirrorSession,
} satisfies Actions;

function createTrafficMirrorSession(call: Ec2Call): Promise<Structure> {
  const { parameters, context } = call;
  const networkInterfaceId = parameters.requiredText('NetworkInterfaceId');
  const targetId = parameters.requiredText('TrafficMirrorTargetId');
  const filterId = parameters.requiredText('TrafficMirrorFilterId');
  const sessionNumber = requiredInteger(parameters, 'SessionNumber', parseSessionNumber);
  const packetLength = optionalInteger(parameters, 'PacketLength', parsePacketLength);
  const virtualNetworkId = optionalInteger(parameters, 'VirtualNetworkId', parseVni);
  const description = readDescription(parameters);
  const tags = readTagSpecifications(parameters, 'sessions');
  const allow = (): void => {
    // The user guide's policy for this action names interface, filter and target; only tags need the session besides.
    if (Object.keys(tags).length > 0) call.allowCreation('sessions', tags);
    call.allowInterface(networkInterfaceId);
    call.allowUse('targets', targetId);
    call.allowUse('filters', filterId);
  };
  const make = (): Creation => {
    const { catalog } = context;
    const source = call.findInterface(networkInterfaceId);
    const target = call.find('targets', targetId);
    call.find('filters', filterId);
    requireNone(call, checkSource(source), networkInterfaceId);
    requireNone(call, checkSourceIsNoTarget(catalog, source), networkInterfaceId);
    const session = { networkInterfaceId, sessionNumber, packetLength, virtualNetworkId };
    requireSessionRules(call, { session, receiver: target.resource });
    const length = completePacketLength(target.resource, packetLength);
    const others = catalog.sessionsOfSource(networkInterfaceId);
    requireRoom(call, 'sessionsPerNetworkInterface', others.length);
    requireRoomForSource(call, networkInterfaceId, target.resource);
    requireQuota(call, 'sessions');
    const resource: TrafficMirrorSession = {
      trafficMirrorSessionId: newId('sessions'),
      networkInterfaceId,
      trafficMirrorTargetId: targetId,
      trafficMirrorFilterId: filterId,
      sessionNumber,
      ...(length !== undefined && { packetLength: length }),
      virtualNetworkId: virtualNetworkId ?? chooseVni((vni) => catalog.isVniTaken(vni)),
      ...(description !== undefined && { description }),
      tags,
    };
    const entry: Entry<TrafficMirrorSession> = {
      ownerId: call.accountId,
      order: catalog.nextOrder(),
      resource,
      ...(catalog.isDeclaredInterface(source) && { hasDeclaredSource: true }),
    };
    return {
      id: resource.trafficMirrorSessionId,
      changes: [{ table: 'sessions', key: resource.trafficMirrorSessionId, value: entry }],
    };
  };
  const contentOf = (id: string): Structure => ({
    trafficMirrorSession: sessionContent(context.catalog.created('sessions', id)),
  });
  return createOnce(call, { allow, make, contentOf });
}

async function modifyTrafficMirrorSession(call: Ec2Call): Promise<Structure> {
  const { parameters } = call;
  const { catalog, store } = call.context;
  const id = parameters.requiredText('TrafficMirrorSessionId');
  const targetId = parameters.text('TrafficMirrorTargetId');
  const filterId = parameters.text('TrafficMirrorFilterId');
  const sessionNumber = optionalInteger(parameters, 'SessionNumber', parseSessionNumber);
  const packetLength = optionalInteger(parameters, 'PacketLength', parsePacketLength);
  const virtualNetworkId = optionalInteger(parameters, 'VirtualNetworkId', parseVni);
  const description = readDescription(parameters);
  const removed = readRemovedFields(parameters, {
    'packet-length': packetLength,
    description,
    'virtual-network-id': virtualNetworkId,
  });
  call.finish();

  const attributes = {
    Description: description,
    PacketLength: packetLength,
    SessionNumber: sessionNumber,
    TrafficMirrorFilterId: filterId,
    TrafficMirrorTargetId: targetId,
    VirtualNetworkId: virtualNetworkId,
  };
  const entry = call.requireOwn('sessions', id, attributeConditions(attributes, removed));
  const { packetLength: oldLength, description: oldDescription, ...rest } = entry.resource;
  if (targetId !== undefined) call.requireVisible('targets', targetId);
  if (filterId !== undefined) call.requireVisible('filters', filterId);
  const newTargetId = targetId ?? rest.trafficMirrorTargetId;
  // A target that the caller cannot see, deleted or not shared any more, has no limit.
  const receiver = call.visible('targets', newTargetId)?.resource ?? {};
  const length = removed.has('packet-length') ? undefined : (packetLength ?? oldLength);
  // A number that stays is not judged again: that of a session of the file may have come later.
  const session = { ...rest, sessionNumber, packetLength: length, virtualNetworkId };
  requireSessionRules(call, { session, receiver, self: id });
  if (targetId !== undefined) requireRoomForSource(call, rest.networkInterfaceId, receiver);
  const newLength = completePacketLength(receiver, length);
  const newDescription = removed.has('description') ? undefined : (description ?? oldDescription);
  const resource: TrafficMirrorSession = {
    ...rest,
    trafficMirrorTargetId: newTargetId,
    trafficMirrorFilterId: filterId ?? rest.trafficMirrorFilterId,
    sessionNumber: sessionNumber ?? rest.sessionNumber,
    ...(newLength !== undefined && { packetLength: newLength }),
    virtualNetworkId: removed.has('virtual-network-id')
      ? chooseVni((vni) => catalog.isVniTaken(vni))
      : (virtualNetworkId ?? rest.virtualNetworkId),
    ...(newDescription !== undefined && { description: newDescription }),
  };
  call.endDryRun();
  const changed = { ...entry, resource };
  await store.commit([{ table: 'sessions', key: id, value: changed }]);
  return { trafficMirrorSession: sessionContent(changed) };
}

function deleteTrafficMirrorSession(call: Ec2Call): Promise<Structure> {
  return deleteResource(call, 'sessions', 'TrafficMirrorSessionId', () => {});
}

function describeTrafficMirrorSessions(call: Ec2Call): Promise<Structure> {
  const activityOf = ({ resource }: Session) => call.context.activityOf(resource.trafficMirrorSessionId);
  return describe(call, {
    kind: 'sessions',
    idParameter: 'TrafficMirrorSessionId',
    name: 'trafficMirrorSessionSet',
    fields: { ...SESSION_FIELDS, ...activityFields(activityOf) },
    contentOf: (session) => ({ ...sessionContent(session), ...activityContent(activityOf(session)) }),
  });
}

/** A session as responses show it. Members without a value are left out. */
function sessionContent({ ownerId, resource }: Entry<ResourceKinds['sessions']>): Structure {
  return {
    trafficMirrorSessionId: resource.trafficMirrorSessionId,
    trafficMirrorTargetId: resource.trafficMirrorTargetId,
    trafficMirrorFilterId: resource.trafficMirrorFilterId,
    networkInterfaceId: resource.networkInterfaceId,
    ownerId,
    packetLength: resource.packetLength,
    sessionNumber: resource.sessionNumber,
    virtualNetworkId: resource.virtualNetworkId,
    description: resource.description,
    tagSet: tagSet(resource.tags),
  };
}
