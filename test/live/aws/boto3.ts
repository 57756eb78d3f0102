/** boto3 runs the whole life of each resource, and every error comes back as an exception with its code. */
import t from 'tap';
import { INVENTORY, startControlApi } from '../../fixtures/live/daemon/control-api.js';
import { boto3Interpreters } from '../../fixtures/live/daemon/installed-clients.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { fromRoot } from '../../fixtures/root.js';

const CALLS = fromRoot('test/fixtures/api/boto3-calls.py');
const ACCOUNT_CALLS = fromRoot('test/fixtures/api/boto3-accounts.py');

/** Each is provoked at least once. */
const CODES = [
  'AuthFailure',
  'DryRunOperation',
  'FilterLimitExceeded',
  'IdempotentParameterMismatch',
  'InterfaceInUseByTrafficMirrorSession',
  'InterfaceInUseByTrafficMirrorTarget',
  'InvalidAction',
  'InvalidID',
  'InvalidNetworkInterfaceID.NotFound',
  'InvalidPaginationToken',
  'InvalidParameterCombination',
  'InvalidParameterValue',
  'InvalidTrafficMirrorFilterId.NotFound',
  'InvalidTrafficMirrorFilterRuleId.NotFound',
  'InvalidTrafficMirrorSessionId.NotFound',
  'InvalidTrafficMirrorTargetId.Malformed',
  'InvalidTrafficMirrorTargetId.NotFound',
  'InvalidVpcEndpointId.NotFound',
  'MissingParameter',
  'OperationNotPermitted',
  'TagLimitExceeded',
  'TrafficMirrorFilterInUse',
  'TrafficMirrorFilterLimitExceeded',
  'TrafficMirrorFilterRuleAlreadyExists',
  'TrafficMirrorFilterRuleLimitExceeded',
  'TrafficMirrorSessionLimitExceeded',
  'TrafficMirrorSessionsPerInterfaceLimitExceeded',
  'TrafficMirrorTargetInUse',
  'TrafficMirrorTargetLimitExceeded',
];

const FILE = {
  ...INVENTORY,
  trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-file', networkLoadBalancerArn: 'nlb-ids' }],
  trafficMirrorFilters: [{ trafficMirrorFilterId: 'tmf-file' }],
  trafficMirrorSessions: [
    {
      trafficMirrorSessionId: 'tms-file',
      networkInterfaceId: 'veth9',
      trafficMirrorTargetId: 'tmt-file',
      trafficMirrorFilterId: 'tmf-file',
      sessionNumber: 1,
    },
  ],
  quotas: { targets: 5, filters: 3, sessions: 5 },
};

const interpreters = boto3Interpreters();
const skip = skipUnless() || (interpreters.length === 0 && 'boto3 is not installed');

for (const interpreter of interpreters.length > 0 ? interpreters : ['python3']) {
  t.test(`boto3 of ${interpreter}`, { skip }, async (t) => {
    const stand = buildStand(t, { targets: 2 });
    const api = await startControlApi(t, stand, { ...FILE, engine: { io: 'ring' } });
    const { exitCode, stdout, stderr } = await api.run(interpreter, [CALLS]);
    t.equal(exitCode, 0, 'exit code');
    if (exitCode !== 0) {
      t.comment(stderr);
      return;
    }
    const { life, errors } = JSON.parse(stdout) as { life: string[]; errors: Record<string, string[]> };
    t.ok(life.length >= 10, `${life.join(', ')}: as they should be`);
    t.strictSame(Object.keys(errors).sort(), CODES);
    t.equal(await api.daemon.stop(), 0, 'exit code of the daemon');
  });
}

for (const interpreter of interpreters.length > 0 ? interpreters : ['python3']) {
  t.test(`accounts, by boto3 of ${interpreter}`, { skip }, async (t) => {
    const stand = buildStand(t);
    const membership = { organization: 'o-a1b2c3d4e5', organizationalUnits: ['ou-a1b2-c3d4e5f6'] };
    const api = await startControlApi(t, stand, { ...INVENTORY, engine: { io: 'ring' } }, membership);
    const { exitCode, stdout, stderr } = await api.run(interpreter, [ACCOUNT_CALLS]);
    t.equal(exitCode, 0, 'exit code');
    if (exitCode !== 0) {
      t.comment(stderr);
      return;
    }
    const { life, errors } = JSON.parse(stdout) as { life: string[]; errors: Record<string, string[]> };
    t.ok(life.length >= 9, `${life.join(', ')}: as they should be`);
    t.strictSame(errors, {
      OperationNotPermittedException: ['associate_resource_share', 'update_resource_share'],
      UnknownResourceException: ['create_resource_share'],
      InvalidParameterException: ['create_resource_share'],
      TagLimitExceededException: ['tag_resource'],
      AuthFailure: ['describe_tags'],
      InvalidClientTokenId: ['get_caller_identity'],
      UnrecognizedClientException: ['get_resource_shares'],
      InvalidAction: ['get_session_token'],
    });
    t.equal(await api.daemon.stop(), 0, 'exit code of the daemon');
  });
}
