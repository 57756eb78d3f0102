/** The resources that a request of EC2 names, and those that its answer makes or changes: for the audit log. */
import type { Structure } from './answer.js';

const PARAMETER =
  /^(TrafficMirror(Target|Filter|FilterRule|Session)Id|NetworkInterfaceId|NetworkLoadBalancerArn|GatewayLoadBalancerEndpointId|ResourceId)(\.\d+)?$/;
const MEMBER = /^trafficMirror(Target|Filter|FilterRule|Session)Id$/;

/** @returns ids as they were written */
export function idsOfRequest(parameters: ReadonlyMap<string, string>): string[] {
  return [...parameters].flatMap(([name, value]) => (PARAMETER.test(name) ? [value] : []));
}

/** @param content with the resource, or its id, at its top */
export function idsOfAnswer(content: Structure): string[] {
  return Object.entries(content).flatMap(([name, member]) => {
    if (MEMBER.test(name)) return [String(member)];
    return isStructure(member)
      ? Object.entries(member).flatMap(([inner, value]) => (MEMBER.test(inner) ? [String(value)] : []))
      : [];
  });
}

function isStructure(member: Structure[string]): member is Structure {
  return typeof member === 'object' && !Array.isArray(member);
}
