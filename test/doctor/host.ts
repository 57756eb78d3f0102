/** Checks of the process, of secrets, of the clock, and of what nobody uses. */
import t from 'tap';
import { checkClock } from '../../src/doctor/clock.js';
import type { ClockFacts, ProcessFacts, SecretFileFacts } from '../../src/doctor/facts.js';
import { withSessionsOf } from '../../src/doctor/plan-view.js';
import { checkProcess } from '../../src/doctor/process.js';
import { checkResources } from '../../src/doctor/resources.js';
import { checkSecrets, secretFilesIn } from '../../src/doctor/secrets.js';
import type { InactiveCause } from '../../src/plan/session-activity.js';
import type { ResourceSet } from '../../src/resources/resource-set.js';
import {
  codesOf,
  factsOf,
  NOW_MS,
  planWith,
  running,
  wellSource,
  wellStatus,
} from '../fixtures/doctor/facts.js';

const DIRECT = { emit: 'auto', xdpMegabytes: 256 } as const;
const IN_WEB = wellSource({ netns: '/run/netns/web' });

const PROCESSES: readonly {
  readonly name: string;
  readonly process: Partial<ProcessFacts>;
  readonly plan?: ReturnType<typeof planWith>;
  readonly io?: 'libpcap';
  readonly want: readonly string[];
}[] = [
  { name: 'root', process: {}, want: [] },
  { name: 'no capability', process: { capabilities: [] }, want: ['capability-missing'] },
  {
    name: 'not known',
    process: { capabilities: undefined, lockableBytes: undefined },
    plan: planWith([IN_WEB], DIRECT),
    want: [],
  },
  {
    name: 'a source in another namespace',
    process: { capabilities: ['CAP_NET_RAW'] },
    plan: planWith([IN_WEB]),
    want: ['capability-missing'],
  },
  {
    name: 'little memory to lock',
    process: { capabilities: ['CAP_NET_RAW'] },
    plan: planWith([wellSource()], DIRECT),
    want: ['memlock-low'],
  },
  {
    name: 'little memory, and a right to more',
    process: { capabilities: ['CAP_NET_RAW', 'CAP_IPC_LOCK'] },
    plan: planWith([wellSource()], DIRECT),
    want: [],
  },
  {
    name: 'enough memory',
    process: { capabilities: ['CAP_NET_RAW'], lockableBytes: 512 * 2 ** 20 },
    plan: planWith([wellSource()], DIRECT),
    want: [],
  },
  {
    name: 'routed copies',
    process: { capabilities: ['CAP_NET_RAW'] },
    plan: planWith([wellSource()], { ...DIRECT, emit: 'routed' }),
    want: [],
  },
  {
    name: 'libpcap I/O',
    process: { capabilities: ['CAP_NET_RAW'] },
    plan: planWith([wellSource()], DIRECT),
    io: 'libpcap',
    want: [],
  },
];

for (const { name, process, plan = planWith([wellSource()]), io = 'ring', want } of PROCESSES) {
  t.test(`a process: ${name}`, async (t) => {
    const facts = factsOf({ plan, io });
    t.same(codesOf(checkProcess({ ...facts, process: { ...facts.process, ...process } })), want);
  });
}

t.test('the files with secrets are found in a configuration, and no others', async (t) => {
  const api = {
    tls: { certificateFile: '/c.pem', keyFile: '/k.pem' },
    accounts: [
      {
        users: [
          {
            secretAccessKeyFile: '/s',
            accessKeys: [{ secretAccessKeyFile: '/t' }, { secretAccessKey: 'x' }],
          },
        ],
      },
    ],
  };
  t.same(
    secretFilesIn(api, 'api').map(({ key, path, isRefusedWhenOpen }) => [key, path, isRefusedWhenOpen]),
    [
      ['api.tls.keyFile', '/k.pem', false],
      ['api.accounts[0].users[0].secretAccessKeyFile', '/s', true],
      ['api.accounts[0].users[0].accessKeys[0].secretAccessKeyFile', '/t', true],
    ],
  );
  t.same(
    secretFilesIn({ bearerTokenFile: '/b' }, 'metrics').map(({ key }) => key),
    ['metrics.bearerTokenFile'],
  );
  t.same(secretFilesIn(undefined, 'api'), []);
});

const FILE: SecretFileFacts = {
  key: 'api.tls.keyFile',
  path: '/k',
  isRefusedWhenOpen: false,
  problem: undefined,
  mode: 0o640,
  hiddenFrom: undefined,
};
const SECRETS: readonly {
  readonly name: string;
  readonly file: Partial<SecretFileFacts>;
  readonly runs?: boolean;
  readonly want: readonly unknown[];
}[] = [
  { name: 'of the group', file: {}, want: [] },
  { name: 'not there', file: { problem: 'ENOENT', mode: 0 }, want: [['error', 'secret-unreadable']] },
  { name: 'a loop of links', file: { problem: 'ELOOP', mode: 0 }, want: [['error', 'secret-unreadable']] },
  { name: 'not for this user', file: { problem: 'EACCES', mode: 0 }, want: [] },
  { name: 'open', file: { mode: 0o644 }, want: [['warning', 'secret-exposed']] },
  {
    name: 'open, and refused',
    file: { mode: 0o644, isRefusedWhenOpen: true },
    want: [['error', 'secret-exposed']],
  },
  {
    name: 'not for the user of the daemon',
    file: { mode: 0o600, hiddenFrom: { userId: 996, groupId: 995 } },
    runs: true,
    want: [['warning', 'secret-unreadable']],
  },
  {
    name: 'opened while the daemon runs',
    file: { mode: 0o644, isRefusedWhenOpen: true },
    runs: true,
    want: [['warning', 'secret-exposed']],
  },
];

for (const { name, file, runs = false, want } of SECRETS) {
  t.test(`a secret: ${name}`, async (t) => {
    const facts = factsOf({ secrets: [{ ...FILE, ...file }] });
    const found = checkSecrets({ ...facts, process: { ...facts.process, daemon: runs ? 7 : undefined } });
    t.same(
      found.map(({ severity, code }) => [severity, code]),
      want,
    );
    t.notMatch(JSON.stringify(found), '"/k"', 'its path is not shown');
  });
}

const CLOCKS: readonly {
  readonly name: string;
  readonly clock: Partial<ClockFacts>;
  readonly want: readonly string[];
}[] = [
  { name: 'right', clock: {}, want: [] },
  {
    name: 'a day behind the configuration',
    clock: { configurationMs: NOW_MS + 86_400_000 },
    want: ['clock-behind'],
  },
  { name: 'a day behind the program', clock: { programMs: NOW_MS + 86_400_000 }, want: ['clock-behind'] },
  { name: 'a second behind', clock: { configurationMs: NOW_MS + 1000 }, want: [] },
  { name: 'set forward', clock: { nowMs: NOW_MS + 3_600_000 }, want: ['clock-stepped'] },
  { name: 'set back', clock: { nowMs: NOW_MS - 3_600_000 }, want: ['clock-stepped'] },
  { name: 'not kept right', clock: { isSynchronized: false }, want: ['clock-unsynchronized'] },
  { name: 'not known', clock: { isSynchronized: undefined, configurationMs: undefined }, want: [] },
];

for (const { name, clock, want } of CLOCKS) {
  t.test(`a clock: ${name}`, async (t) => {
    // It started ten seconds before NOW_MS.
    const facts = factsOf({ daemon: running(wellStatus()) });
    t.same(codesOf(checkClock({ ...facts, clock: { ...facts.clock, ...clock } })), want);
  });
}

const RESOURCES = {
  trafficMirrorSessions: [{ trafficMirrorFilterId: 'tmf-used' }],
  trafficMirrorFilters: [{ trafficMirrorFilterId: 'tmf-used' }, { trafficMirrorFilterId: 'tmf-idle' }],
  trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-1' }, { trafficMirrorTargetId: 'tmt-idle' }],
} as unknown as ResourceSet;

t.test('what nobody uses', async (t) => {
  const found = checkResources(factsOf({ resources: RESOURCES }));
  t.same(
    found.map(({ code, subject }) => [code, subject]),
    [
      ['filter-unused', 'tmf-idle'],
      ['target-unused', 'tmt-idle'],
    ],
  );
  t.same(checkResources(factsOf({ resources: RESOURCES, hasApi: true })), [], 'clients may use it');
});

t.test('sessions that mirror nothing', async (t) => {
  const inactive = (id: string, cause: InactiveCause) => ({
    id,
    sourceId: 'eni-web',
    sessionNumber: 1,
    vni: 1,
    targetId: 'tmt-idle',
    cause,
    reason: `because of ${cause}`,
  });
  const causes = ['listener', 'zone', 'resource'] as const;
  const plan = { ...planWith([]), inactiveSessions: causes.map((cause) => inactive(`tms-${cause}`, cause)) };
  const found = checkResources(factsOf({ plan, resources: RESOURCES }));
  t.same(
    found.map(({ severity, code, subject }) => [severity, code, subject]),
    [
      ...causes.map((cause) => ['error', 'session-inactive', `tms-${cause}`]),
      ['hint', 'filter-unused', 'tmf-idle'],
      ['hint', 'target-unused', 'tmt-1'],
    ],
    'and not that there is none, or that its target is unused',
  );
  t.match(found, [
    { text: 'session tms-listener mirrors nothing: because of listener', remedy: /listeners: / },
    { remedy: /crossZone: true/ },
    { remedy: /modify-traffic-mirror-session --traffic-mirror-session-id tms-resource / },
  ]);
});

t.test('sessions of clients that mirror nothing', async (t) => {
  const [lane] = wellStatus().lanes;
  const session = (id: string, cause: InactiveCause | '') => ({
    sessionId: id,
    sourceId: lane!.sourceId,
    sessionNumber: 1,
    virtualNetworkId: 7,
    targetId: 'tmt-1',
    targetAddresses: cause === 'target' || cause === '' ? ['10.9.0.2'] : [],
    active: cause === '',
    cause,
    reason: cause,
  });
  const causes = ['', 'target', 'resource', 'listener'] as const;
  const sessions = causes.map((cause) => session(`tms-${cause || 'active'}`, cause));
  const plan = withSessionsOf(planWith([]), wellStatus({ sessions }));
  t.same(
    plan.sources.flatMap((source) => source.sessions.map(({ id }) => id)),
    ['tms-active', 'tms-target'],
  );
  t.same(
    plan.inactiveSessions?.map(({ id, vni, reason }) => [id, vni, reason]),
    [
      ['tms-resource', 7, 'resource'],
      ['tms-listener', 7, 'listener'],
    ],
  );
  t.same(withSessionsOf(plan, wellStatus({ sessions })).inactiveSessions, plan.inactiveSessions, 'each once');
});

t.test('no sessions', async (t) => {
  const plan = planWith([]);
  t.same(
    checkResources(factsOf({ plan })).map(({ severity, code }) => [severity, code]),
    [['error', 'no-sessions']],
  );
  t.same(
    checkResources(factsOf({ plan, hasApi: true })).map(({ severity }) => severity),
    ['hint'],
    'clients may make some',
  );
});
