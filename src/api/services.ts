/**
 * The AWS services of the control API, a row for each: what the server must know of a service to decode a request, and
 * to refuse one that never comes to it. A service is a row here and a folder.
 */

/**
 * ec2: EC2 Query. query: AWS Query. json: AWS JSON 1.0. rest-json: a path per operation. cbor: Smithy RPC v2.
 */
export type Protocol = 'ec2' | 'query' | 'json' | 'rest-json' | 'cbor';

/** What a request shows before its body. */
interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

interface ServiceRow {
  /** What its clients speak. */
  readonly protocols: readonly Protocol[];
  /** The action that a request names in its head; in the Query protocols a parameter does. */
  readonly actionOf: (head: RequestHead, protocol: Protocol) => string | undefined;
  readonly errorShape: {
    /** The namespace of errors in AWS Query. */
    readonly namespace?: string;
  };
  /** The parameter Version of requests in a Query protocol, by which they are told apart when nobody signed them. */
  readonly version?: string;
  /** Before the colon in policies. */
  readonly policyPrefix: string;
  /** `changing`: those that change the state. `reading`: all others. */
  readonly actions: { readonly changing: readonly string[]; readonly reading: readonly string[] };
}

const MONITORING_TARGET = /^GraniteServiceVersion20100801\.([A-Za-z]+)$/;
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
]);

/** By signing names, as the credential scope of a signature has them. */
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
        'DescribeNetworkInterfaces',
        'DescribeTags',
        'DescribeTrafficMirrorFilterRules',
        'DescribeTrafficMirrorFilters',
        'DescribeTrafficMirrorSessions',
        'DescribeTrafficMirrorTargets',
      ],
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
} as const satisfies Record<string, ServiceRow>;

export type ServiceName = keyof typeof SERVICES;

/** Sorted. */
export const SERVICE_NAMES = Object.keys(SERVICES).sort() as readonly ServiceName[];

/** A service has a function for each of its names, and no other. */
export type ActionName<Service extends ServiceName> = (typeof SERVICES)[Service]['actions'][
  | 'changing'
  | 'reading'][number];

/** The names of all actions of a service. */
export function actionNamesOf(service: ServiceName): readonly string[] {
  const { changing, reading } = SERVICES[service].actions;
  return [...changing, ...reading];
}

/** True when clients of the service use the protocol. */
export function speaks(service: ServiceName, protocol: Protocol): boolean {
  return rowOf(service).protocols.includes(protocol);
}

/**
 * The service of a request that nobody signed: only what is asked tells whom.
 * @param version its parameter Version, in a Query protocol
 */
export function unsignedService(protocol: Protocol, version: string | undefined): ServiceName | undefined {
  const byVersion =
    protocol === 'ec2' && version !== undefined
      ? SERVICE_NAMES.find((name) => rowOf(name).version === version)
      : undefined;
  return byVersion ?? SERVICE_NAMES.find((name) => speaks(name, protocol));
}

/** The protocol of Query requests to a service; EC2 Query when it is not known, or has none. */
export function queryProtocolOf(service: ServiceName | undefined): Protocol {
  const isQuery = (protocol: Protocol): boolean => protocol === 'ec2' || protocol === 'query';
  return (service && rowOf(service).protocols.find(isQuery)) ?? 'ec2';
}

/** The action that the head of a request names. @param service undefined: of whatever service speaks the protocol */
export function actionOf(head: RequestHead, protocol: Protocol, service?: ServiceName): string | undefined {
  const asked = service ?? unsignedService(protocol, undefined);
  return asked && rowOf(asked).actionOf(head, protocol);
}

/** The namespace of errors in AWS Query. */
export function errorNamespaceOf(service: ServiceName): string | undefined {
  return rowOf(service).errorShape.namespace;
}

function rowOf(service: ServiceName): ServiceRow {
  return SERVICES[service];
}
