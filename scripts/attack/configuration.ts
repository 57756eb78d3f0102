/** The configuration that is attacked: two accounts, users of every kind, and a session that carries the load. */
import type { Key } from './sign.js';

export const ACCOUNT = '111122223333';
export const OTHER_ACCOUNT = '444455556666';
export const API = { host: '127.0.0.1', port: 8780 } as const;
export const METRICS = { host: '127.0.0.1', port: 9464 } as const;

/** May do everything in the first account. */
export const ADMIN = key('AKIDADMIN');
/** May describe, and nothing else. */
export const DESCRIBER = key('AKIDDESCRIBER');
/** Has a key, and no policy. */
export const NOBODY = key('AKIDNOBODY');
/** May do everything but what concerns the tag `team` with the value `red`. */
export const NOT_RED = key('AKIDNOTRED');
/** May do everything in the other account, which owns nothing. */
export const OTHER = key('AKIDOTHER');

const EVERYWHERE = { sourceCidrBlock: '0.0.0.0/0', destinationCidrBlock: '0.0.0.0/0' };
const ALL = { Effect: 'Allow', Action: ['ec2:*', 'ram:*', 'cloudwatch:*'], Resource: '*' };
const DESCRIBE = { Effect: 'Allow', Action: 'ec2:Describe*', Resource: '*' };
const SESSIONS_PER_INTERFACE = 3;
/** What lists of them show, and the status does not. */
const LONG_DESCRIPTION = 255;
const LONG_TAGS = 12;
const LONG_TAG = 256;

/** Carries the load that must not lose a frame. */
const LOAD_SESSION = {
  trafficMirrorSessionId: 'tms-load',
  networkInterfaceId: 'eni-web',
  trafficMirrorTargetId: 'tmt-ids',
  trafficMirrorFilterId: 'tmf-all',
  sessionNumber: 1,
  virtualNetworkId: 7,
};

export interface ConfigurationOptions {
  readonly stateDirectory: string;
  /** A file that holds the secret of the user `admin`; absent: the secret stands in the configuration. */
  readonly adminSecretFile?: string;
  /** Sessions on devices that are not there, so that answers and pages are long. */
  readonly absentSessions?: number;
  /** Sections that take the place of these. */
  readonly sections?: object;
}

/** Sections of the daemon's configuration file. */
export function configurationOf({
  stateDirectory,
  adminSecretFile,
  absentSessions = 0,
  sections = {},
}: ConfigurationOptions): object {
  const absent = Array.from(
    { length: Math.ceil(absentSessions / SESSIONS_PER_INTERFACE) },
    (_, index) => index,
  );
  return {
    networkInterfaces: [
      { networkInterfaceId: 'eni-web', device: 'veth0', address: '10.1.0.1' },
      { networkInterfaceId: 'eni-ids', address: '10.9.0.2' },
      { networkInterfaceId: 'eni-ids2', address: '10.9.0.3' },
      ...absent.map((index) => ({ networkInterfaceId: `eni-absent${index}`, device: `absent${index}` })),
    ],
    networkLoadBalancers: [{ networkLoadBalancerArn: 'nlb-ids', targets: ['10.9.0.4'] }],
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-ids', networkInterfaceId: 'eni-ids' }],
    trafficMirrorFilters: [
      {
        trafficMirrorFilterId: 'tmf-all',
        ingressFilterRules: [{ ruleNumber: 1, ruleAction: 'accept', ...EVERYWHERE }],
      },
    ],
    trafficMirrorSessions: [LOAD_SESSION, ...absent.flatMap(absentSessionsOn)],
    engine: { io: 'ring' },
    metrics: { listen: `${METRICS.host}:${METRICS.port}` },
    api: { listen: `${API.host}:${API.port}`, accounts: accounts(adminSecretFile) },
    state: { directory: stateDirectory },
    ...sections,
  };
}

/** The accounts of the section `api`. */
export function accounts(adminSecretFile?: string): object[] {
  const { accessKeyId, secretAccessKey } = ADMIN;
  const secret =
    adminSecretFile === undefined ? { secretAccessKey } : { secretAccessKeyFile: adminSecretFile };
  return [
    {
      accountId: ACCOUNT,
      users: [
        { userName: 'admin', accessKeyId, ...secret, policies: [policy(ALL)] },
        { userName: 'describer', ...DESCRIBER, policies: [policy(DESCRIBE)] },
        { userName: 'nobody', ...NOBODY },
        { userName: 'not-red', ...NOT_RED, policies: [policy(ALL, ...exceptTag('team', 'red'))] },
      ],
    },
    { accountId: OTHER_ACCOUNT, users: [{ userName: 'other', ...OTHER, policies: [policy(ALL)] }] },
  ];
}

function absentSessionsOn(index: number): object[] {
  return Array.from({ length: SESSIONS_PER_INTERFACE }, (_, place) => ({
    ...LOAD_SESSION,
    trafficMirrorSessionId: `tms-absent${index}-${place + 1}`,
    networkInterfaceId: `eni-absent${index}`,
    sessionNumber: place + 1,
    virtualNetworkId: 1000 + index * SESSIONS_PER_INTERFACE + place,
    description: 'd'.repeat(LONG_DESCRIPTION),
    tags: Object.fromEntries(
      Array.from({ length: LONG_TAGS }, (_, tag) => [`tag${tag}`, 'v'.repeat(LONG_TAG)]),
    ),
  }));
}

function policy(...statements: readonly object[]): object {
  return { Version: '2012-10-17', Statement: statements };
}

function exceptTag(tag: string, value: string): object[] {
  return ['aws:RequestTag', 'aws:ResourceTag'].map((prefix) => ({
    Effect: 'Deny',
    Action: 'ec2:*',
    Resource: '*',
    Condition: { StringEquals: { [`${prefix}/${tag}`]: value } },
  }));
}

function key(accessKeyId: string): Key {
  return { accessKeyId, secretAccessKey: `secret-of-${accessKeyId}` };
}
