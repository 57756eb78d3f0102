/** CreateTrafficMirrorTarget. */
import type { Receiver, TrafficMirrorTarget } from '../../../resources/traffic-mirror-target.js';
import type { Structure } from '../answer.js';
import { createOnce } from '../create-once.js';
import type { Ec2Call } from '../ec2-call.js';
import { Ec2Error, invalidCombination, invalidValue } from '../ec2-error.js';
import { newId } from '../kinds.js';
import { requireQuota } from '../quotas.js';
import type { Entry } from '../records.js';
import { interfaceInUse } from '../session-input.js';
import { readDescription, readTagSpecifications } from '../values.js';

export function createTrafficMirrorTarget(call: Ec2Call): Promise<Structure> {
  const { parameters, context } = call;
  const receiver = readReceiver(call);
  const description = readDescription(parameters);
  const tags = readTagSpecifications(parameters, 'targets');
  const allow = (): void => {
    call.allowCreation('targets', tags);
    allowReceiver(call, receiver);
  };
  return createOnce(call, 'targets', allow, () => {
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
  });
}

function readReceiver({ parameters }: Ec2Call): Receiver {
  const networkInterfaceId = parameters.text('NetworkInterfaceId');
  const networkLoadBalancerArn = parameters.text('NetworkLoadBalancerArn');
  const gatewayLoadBalancerEndpointId = parameters.text('GatewayLoadBalancerEndpointId');
  const given = {
    ...(networkInterfaceId !== undefined && { networkInterfaceId }),
    ...(networkLoadBalancerArn !== undefined && { networkLoadBalancerArn }),
    ...(gatewayLoadBalancerEndpointId !== undefined && { gatewayLoadBalancerEndpointId }),
  };
  if (Object.keys(given).length === 1) return given;
  throw invalidCombination(
    'Exactly one of NetworkInterfaceId, NetworkLoadBalancerArn and GatewayLoadBalancerEndpointId is needed',
  );
}

/** Load balancers have no policies in EC2 either. */
function allowReceiver(call: Ec2Call, { networkInterfaceId, gatewayLoadBalancerEndpointId }: Receiver): void {
  if (networkInterfaceId !== undefined) call.allowInterface(networkInterfaceId);
  if (gatewayLoadBalancerEndpointId !== undefined) call.allowEndpoint(gatewayLoadBalancerEndpointId);
}

/** The receiver exists, has an address, and is neither a source nor an interface target already. */
function requireFree(call: Ec2Call, receiver: Receiver): void {
  const { catalog } = call.context;
  const { networkInterfaceId, networkLoadBalancerArn, gatewayLoadBalancerEndpointId } = receiver;
  if (networkInterfaceId !== undefined) requireFreeInterface(call, networkInterfaceId);
  else if (gatewayLoadBalancerEndpointId !== undefined) call.findEndpoint(gatewayLoadBalancerEndpointId);
  else if (catalog.receiverAddresses(receiver).length === 0) {
    throw invalidValue(networkLoadBalancerArn, 'networkLoadBalancerArn', 'There is no such load balancer');
  }
  const session = catalog.sessionWithTrait(catalog.receiverTraits(receiver));
  if (session === undefined) return;
  const name = networkInterfaceId ?? networkLoadBalancerArn ?? gatewayLoadBalancerEndpointId;
  throw new Ec2Error(
    'InterfaceInUseByTrafficMirrorSession',
    `Interface ${name} is in use by ${call.nameOf('sessions', session)}`,
  );
}

function requireFreeInterface(call: Ec2Call, id: string): void {
  const found = call.findInterface(id);
  if (found.address === undefined) {
    throw invalidValue(id, 'networkInterfaceId', 'The interface has no address, and a target needs one');
  }
  const target = call.context.catalog.targetOfInterface(id);
  if (target === undefined) return;
  throw interfaceInUse(call, id, target);
}
