/**
 * The AWS services of the control API, a row for each: what the server must know to decode a request of a service, or
 * to refuse it in its protocol. A service is a row here and a folder.
 */

/**
 * ec2: EC2 Query. query: AWS Query. json: AWS JSON 1.0. rest-json: a path per operation. cbor: Smithy RPC v2.
 */
export type Protocol = 'ec2' | 'query' | 'json' | 'rest-json' | 'cbor';

/** The head of a request. */
interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

interface ServiceRow {
  /** The protocols of its clients. */
  readonly protocols: readonly Protocol[];
  /** The action that the head of a request names. In the Query protocols a parameter names it. */
  readonly actionOf: (head: RequestHead, protocol: Protocol) => string | undefined;
  readonly errorShape: {
    /** The namespace of errors in AWS Query. */
    readonly namespace?: string;
  };
  /** The parameter Version in a Query protocol. It identifies the service of unsigned requests. */
  readonly version?: string;
  /** The part of action names in policies before the colon. */
  readonly policyPrefix: string;
  /** True when every user may call all of its actions, also against a policy. */
  readonly needsNoPermission?: true;
  /**
   * `changing`: actions that change the state. `reading`: all others. `audited`: those of the latter that have a line of
   * the audit log whenever they are called.
   */
  readonly actions: {
    readonly changing: readonly string[];
    readonly reading: readonly string[];
    readonly audited?: readonly string[];
  };
}

const MONITORING_TARGET = /^GraniteServiceVersion20100801\.([A-Za-z]+)$/;
const TRAFFIC_MIRROR_TARGET = /^TrafficMirror_20261101\.([A-Za-z]+)$/;
const MONITORING_PATH = /^\/service\/GraniteServiceVersion20100801\/operation\/([A-Za-z]+)$/;

/** The operations of Resource Access Manager by method and path, as its clients send them. */
export const RAM_ROUTES: ReadonlyMap<string, string> = new Map([
  ['POST /acceptresourceshareinvitation', 'AcceptResourceShareInvitation'],
  ['POST /associateresourceshare', 'AssociateResourceShare'],
  ['POST /createresourceshare', 'CreateResourceShare'],
  ['DELETE /deleteresourceshare', 'DeleteResourceShare'],
  ['POST /disassociateresourceshare', 'DisassociateResourceShare'],
  ['POST /getresourceshareassociations', 'GetResourceShareAssociations'],
  ['POST /getresourceshareinvitations', 'GetResourceShareInvitations'],
  ['POST /getresourceshares', 'GetResourceShares'],
  ['POST /listprincipals', 'ListPrincipals'],
  ['POST /listresources', 'ListResources'],
  ['POST /rejectresourceshareinvitation', 'RejectResourceShareInvitation'],
  ['POST /tagresource', 'TagResource'],
  ['POST /untagresource', 'UntagResource'],
  ['POST /updateresourceshare', 'UpdateResourceShare'],
]);

/** The services by signing name, which is in the credential scope of signatures. */
export const SERVICES = {
  ec2: {
    protocols: ['ec2'],
    actionOf: () => undefined,
    errorShape: {},
    policyPrefix: 'ec2',
    actions: {
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
        'DescribeAvailabilityZones',
        'DescribeInstances',
        'DescribeNetworkInterfaces',
        'DescribeRegions',
        'DescribeSecurityGroups',
        'DescribeSubnets',
        'DescribeTags',
        'DescribeTrafficMirrorFilterRules',
        'DescribeTrafficMirrorFilters',
        'DescribeTrafficMirrorSessions',
        'DescribeTrafficMirrorTargets',
        'DescribeVpcs',
      ],
    },
  },
  elasticloadbalancing: {
    protocols: ['query'],
    actionOf: () => undefined,
    errorShape: { namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/' },
    version: '2015-12-01',
    policyPrefix: 'elasticloadbalancing',
    actions: {
      changing: [],
      reading: ['DescribeListeners', 'DescribeLoadBalancers', 'DescribeTargetGroups', 'DescribeTargetHealth'],
    },
  },
  ram: {
    protocols: ['rest-json'],
    actionOf: ({ method, path }) => RAM_ROUTES.get(`${method} ${path}`),
    errorShape: {},
    policyPrefix: 'ram',
    actions: {
      changing: [
        'AcceptResourceShareInvitation',
        'AssociateResourceShare',
        'CreateResourceShare',
        'DeleteResourceShare',
        'DisassociateResourceShare',
        'RejectResourceShareInvitation',
        'TagResource',
        'UntagResource',
        'UpdateResourceShare',
      ],
      reading: [
        'GetResourceShareAssociations',
        'GetResourceShareInvitations',
        'GetResourceShares',
        'ListPrincipals',
        'ListResources',
      ],
    },
  },
  monitoring: {
    protocols: ['query', 'json', 'cbor'],
    actionOf: ({ method, path, headers }, protocol) => {
      if (method !== 'POST') return undefined;
      if (protocol === 'json') return MONITORING_TARGET.exec(headers.get('x-amz-target') ?? '')?.[1];
      return MONITORING_PATH.exec(path)?.[1];
    },
    errorShape: { namespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/' },
    version: '2010-08-01',
    policyPrefix: 'cloudwatch',
    actions: { changing: [], reading: ['GetMetricData', 'GetMetricStatistics', 'ListMetrics'] },
  },
  sts: {
    protocols: ['query'],
    actionOf: () => undefined,
    errorShape: { namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
    version: '2011-06-15',
    policyPrefix: 'sts',
    needsNoPermission: true,
    actions: { changing: [], reading: ['GetCallerIdentity'] },
  },
  'traffic-mirror': {
    protocols: ['json'],
    actionOf: ({ method, headers }) =>
      method === 'POST' ? TRAFFIC_MIRROR_TARGET.exec(headers.get('x-amz-target') ?? '')?.[1] : undefined,
    errorShape: {},
    policyPrefix: 'traffic-mirror',
    // Copies are packets of others: whoever has seen some is on record.
    actions: { changing: [], reading: ['ExplainPacket', 'GetStatus', 'Peek'], audited: ['Peek'] },
  },
} as const satisfies Record<string, ServiceRow>;

export type ServiceName = keyof typeof SERVICES;

/** The signing names, sorted. */
export const SERVICE_NAMES = Object.keys(SERVICES).sort() as readonly ServiceName[];

/** The name of an action. A service has a function for each, and no other. */
export type ActionName<Service extends ServiceName> = (typeof SERVICES)[Service]['actions'][
  | 'changing'
  | 'reading'][number];

/** The names of all actions of a service. */
export function actionNamesOf(service: ServiceName): readonly string[] {
  const { changing, reading } = SERVICES[service].actions;
  return [...changing, ...reading];
}

/** True when every call of the action has a line of the audit log, not only one that fails. */
export function isAudited(service: ServiceName, action: string): boolean {
  const { changing, audited = [] } = rowOf(service).actions;
  return changing.includes(action) || audited.includes(action);
}

/** True when every user may call all actions of the service, also against a policy. */
export function needsNoPermission(service: ServiceName): boolean {
  return rowOf(service).needsNoPermission === true;
}

/** True when clients of the service use the protocol. */
export function speaks(service: ServiceName, protocol: Protocol): boolean {
  return rowOf(service).protocols.includes(protocol);
}

/**
 * The service of an unsigned request, which has no signing name.
 * @param version the parameter Version, in a Query protocol
 * @param head in the other protocols, where it names the action: of several services, the one that has it
 */
export function unsignedService(
  protocol: Protocol,
  version: string | undefined,
  head?: RequestHead,
): ServiceName | undefined {
  const byVersion =
    protocol === 'ec2' && version !== undefined
      ? SERVICE_NAMES.find((name) => rowOf(name).version === version)
      : undefined;
  const speaking = SERVICE_NAMES.filter((name) => speaks(name, protocol));
  const byAction = head && speaking.find((name) => rowOf(name).actionOf(head, protocol) !== undefined);
  return byVersion ?? byAction ?? speaking[0];
}

/** The Query protocol of a service; EC2 Query for one that is not known, or has none. */
export function queryProtocolOf(service: ServiceName | undefined): Protocol {
  const isQuery = (protocol: Protocol): boolean => protocol === 'ec2' || protocol === 'query';
  return (service && rowOf(service).protocols.find(isQuery)) ?? 'ec2';
}

/** The action that the head of a request names. @param service undefined: any service with the protocol */
export function actionOf(head: RequestHead, protocol: Protocol, service?: ServiceName): string | undefined {
  const asked = service ?? unsignedService(protocol, undefined, head);
  return asked && rowOf(asked).actionOf(head, protocol);
}

/** The namespace of errors in AWS Query. */
export function errorNamespaceOf(service: ServiceName): string | undefined {
  return rowOf(service).errorShape.namespace;
}

function rowOf(service: ServiceName): ServiceRow {
  return SERVICES[service];
}
