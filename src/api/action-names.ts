/** The actions of every service by name: what policies can name, and which of them change something. */
import type { ServiceName } from './service.js';

/** `changing`: those that change the state. `reading`: all others. */
export const ACTION_NAMES = {
  ec2: {
    changing: [
      'CreateTags',
      'CreateTrafficMirrorFilter',
      'CreateTrafficMirrorFilterRule',
      'CreateTrafficMirrorSession',
      'CreateTrafficMirrorTarget',
      'DeleteTags',
      'DeleteTrafficMirrorFilter',
      'DeleteTrafficMirrorFilterRule',
      'DeleteTrafficMirrorSession',
      'DeleteTrafficMirrorTarget',
      'ModifyTrafficMirrorFilterNetworkServices',
      'ModifyTrafficMirrorFilterRule',
      'ModifyTrafficMirrorSession',
    ],
    reading: [
      'DescribeNetworkInterfaces',
      'DescribeTags',
      'DescribeTrafficMirrorFilterRules',
      'DescribeTrafficMirrorFilters',
      'DescribeTrafficMirrorSessions',
      'DescribeTrafficMirrorTargets',
    ],
  },
  monitoring: {
    changing: [],
    reading: ['GetMetricData', 'GetMetricStatistics', 'ListMetrics'],
  },
  ram: {
    changing: [
      'AcceptResourceShareInvitation',
      'AssociateResourceShare',
      'CreateResourceShare',
      'DeleteResourceShare',
      'DisassociateResourceShare',
      'RejectResourceShareInvitation',
    ],
    reading: [
      'GetResourceShareAssociations',
      'GetResourceShareInvitations',
      'GetResourceShares',
      'ListPrincipals',
      'ListResources',
    ],
  },
} as const satisfies Record<ServiceName, Record<'changing' | 'reading', readonly string[]>>;

/** A service has a function for each of its names, and no other. */
export type ActionName<Service extends ServiceName> = (typeof ACTION_NAMES)[Service][
  | 'changing'
  | 'reading'][number];

/** All of a service. */
export function actionNamesOf(service: ServiceName): readonly string[] {
  const { changing, reading } = ACTION_NAMES[service];
  return [...changing, ...reading];
}
