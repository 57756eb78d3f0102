/** Resources as answers show them. What a resource does not have is left out; empty lists are there. */

import type { Tags } from '../../resources/tags.js';
import type { PortRange } from '../../resources/traffic-mirror-filter.js';
import type { Receiver } from '../../resources/traffic-mirror-target.js';
import type { Structure } from './answer.js';
import type { Entry, ResourceKinds } from './records.js';
import { type RulePlace, rulesOf } from './rules.js';

export function targetContent({ ownerId, resource }: Entry<ResourceKinds['targets']>): Structure {
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

export function filterContent({ resource }: Entry<ResourceKinds['filters']>): Structure {
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

export function ruleContent(trafficMirrorFilterId: string, place: RulePlace): Structure {
  return { ...untaggedRuleContent(trafficMirrorFilterId, place), tagSet: tagSet(place.rule.tags) };
}

/** "Tags are not returned for ModifyTrafficMirrorFilterRule" (the EC2 API reference). */
export function untaggedRuleContent(trafficMirrorFilterId: string, place: RulePlace): Structure {
  const { id, direction, rule } = place;
  return {
    trafficMirrorFilterRuleId: id,
    trafficMirrorFilterId,
    trafficDirection: direction,
    ruleNumber: rule.ruleNumber,
    ruleAction: rule.ruleAction,
    protocol: rule.protocol,
    destinationPortRange: portRange(rule.destinationPortRange),
    sourcePortRange: portRange(rule.sourcePortRange),
    destinationCidrBlock: rule.destinationCidrBlock,
    sourceCidrBlock: rule.sourceCidrBlock,
    description: rule.description,
  };
}

export function sessionContent({ ownerId, resource }: Entry<ResourceKinds['sessions']>): Structure {
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

function portRange(range: PortRange | undefined): Structure | undefined {
  return range && { fromPort: range.fromPort, toPort: range.toPort };
}

function tagSet(tags: Tags): Structure[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
