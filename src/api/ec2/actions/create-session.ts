/** CreateTrafficMirrorSession. */

import { parsePacketLength, parseSessionNumber, parseVni } from '../../../resources/numbers.js';
import { chooseVni, type TrafficMirrorSession } from '../../../resources/traffic-mirror-session.js';
import type { Structure } from '../answer.js';
import { createOnce } from '../create-once.js';
import type { Ec2Call } from '../ec2-call.js';
import { newId } from '../kinds.js';
import { requireQuota, requireRoom } from '../quotas.js';
import type { Entry } from '../records.js';
import { packetLengthFor, requireFreeNumber, requireSource } from '../session-input.js';
import { optionalInteger, readDescription, readTagSpecifications, requiredInteger } from '../values.js';

export function createTrafficMirrorSession(call: Ec2Call): Promise<Structure> {
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
    // The guide's policy for this action names interface, filter and target only; who tags needs the session too.
    if (Object.keys(tags).length > 0) call.allowCreation('sessions', tags);
    call.allowInterface(networkInterfaceId);
    call.allowUse('targets', targetId);
    call.allowUse('filters', filterId);
  };
  return createOnce(call, 'sessions', allow, () => {
    const { catalog } = context;
    const source = call.findInterface(networkInterfaceId);
    const target = call.find('targets', targetId);
    call.find('filters', filterId);
    requireSource(call, networkInterfaceId, source);
    const others = catalog.sessionsOfSource(networkInterfaceId);
    requireFreeNumber(call, sessionNumber, others);
    const length = packetLengthFor(target.resource, packetLength);
    requireRoom(call, 'sessionsPerNetworkInterface', others.length);
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
  });
}
