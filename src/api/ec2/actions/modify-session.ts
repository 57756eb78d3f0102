/** ModifyTrafficMirrorSession. */

import { parsePacketLength, parseSessionNumber, parseVni } from '../../../resources/numbers.js';
import { chooseVni, type TrafficMirrorSession } from '../../../resources/traffic-mirror-session.js';
import type { Structure } from '../answer.js';
import { sessionContent } from '../contents.js';
import type { Ec2Call } from '../ec2-call.js';
import { readRemovedFields } from '../remove-field.js';
import { packetLengthFor, requireFreeNumber } from '../session-input.js';
import { optionalInteger } from '../values.js';

export async function modifyTrafficMirrorSession(call: Ec2Call): Promise<Structure> {
  const { parameters } = call;
  const { catalog, store } = call.context;
  const id = parameters.requiredText('TrafficMirrorSessionId');
  const targetId = parameters.text('TrafficMirrorTargetId');
  const filterId = parameters.text('TrafficMirrorFilterId');
  const sessionNumber = optionalInteger(parameters, 'SessionNumber', parseSessionNumber);
  const packetLength = optionalInteger(parameters, 'PacketLength', parsePacketLength);
  const virtualNetworkId = optionalInteger(parameters, 'VirtualNetworkId', parseVni);
  const description = parameters.text('Description');
  const removed = readRemovedFields(parameters, {
    'packet-length': packetLength,
    description,
    'virtual-network-id': virtualNetworkId,
  });
  call.finish();

  const entry = call.requireOwn('sessions', id);
  const { packetLength: oldLength, description: oldDescription, ...rest } = entry.resource;
  if (targetId !== undefined) call.requireVisible('targets', targetId);
  if (filterId !== undefined) call.requireVisible('filters', filterId);
  if (sessionNumber !== undefined) {
    const others = catalog.sessionsOfSource(rest.networkInterfaceId).filter((other) => other !== entry);
    requireFreeNumber(call, sessionNumber, others);
  }
  const newTargetId = targetId ?? rest.trafficMirrorTargetId;
  const newLength = lengthTowards(
    call,
    newTargetId,
    removed.has('packet-length') ? undefined : (packetLength ?? oldLength),
  );
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

/** A target that was deleted or is no longer shared says nothing of lengths: they are not told apart. */
function lengthTowards(call: Ec2Call, targetId: string, length: TrafficMirrorSession['packetLength']) {
  const target = call.visible('targets', targetId);
  if (target !== undefined) return packetLengthFor(target.resource, length);
  return length;
}
