/**
 * The service `traffic-mirror` of a real daemon: the status, a packet and copies, by requests that AWS's own code signs, and
 * by the commands over TCP. Who may not, who is another account, and who asks for too much, is refused.
 */
import { spawnSync } from 'node:child_process';
import { request } from 'node:http';
import {
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
} from '@aws-sdk/client-ec2';
import t, { type Test } from 'tap';
import type {
  ExplainPacketResponse,
  GetStatusResponse,
  PeekResponse,
} from '../../../src/api/traffic-mirror/shape.js';
import { sendTo } from '../../fixtures/api/send.js';
import { signHeaders } from '../../fixtures/api/signer.js';
import { COMMAND } from '../../fixtures/live/daemon/command.js';
import {
  ACCOUNT,
  type ControlApiStand,
  INVENTORY,
  OTHER_CREDENTIALS,
  startControlApi,
} from '../../fixtures/live/daemon/control-api.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { waitFor } from '../../fixtures/live/daemon/waiting.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { frameMix } from '../../fixtures/live/traffic/frame-mix.js';
import { Sender } from '../../fixtures/live/traffic/sender.js';

const ADMIN = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const PACKET = 'tcp 10.1.0.2:40000 > 10.1.0.1:80';

type Key = typeof ADMIN;

interface Answer<Body> {
  readonly status: number | undefined;
  readonly body: Body & { readonly __type?: string; readonly message?: string };
}

/** One call, with AWS's own signature. */
async function call<Body>(
  { endpoint }: Pick<ControlApiStand, 'endpoint'>,
  action: string,
  input: object,
  credentials: Key = ADMIN,
): Promise<Answer<Body>> {
  const port = Number(new URL(endpoint).port);
  const body = JSON.stringify(input);
  const headers = await signHeaders({
    port,
    body,
    credentials,
    service: 'traffic-mirror',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `TrafficMirror_20261101.${action}`,
    },
  });
  const { status, text } = await sendTo({ host: '127.0.0.1', port, headers }, body);
  return { status, body: JSON.parse(Buffer.from(text, 'latin1').toString('utf8')) };
}

/** A session of the account that mirrors everything that comes in. */
async function makeSession({ client }: ControlApiStand): Promise<string> {
  const target = await client.send(new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: 'eni-ids' }));
  const filter = await client.send(new CreateTrafficMirrorFilterCommand({}));
  const TrafficMirrorFilterId = filter.TrafficMirrorFilter?.TrafficMirrorFilterId ?? '';
  await client.send(
    new CreateTrafficMirrorFilterRuleCommand({
      TrafficMirrorFilterId,
      TrafficDirection: 'ingress',
      RuleNumber: 10,
      RuleAction: 'accept',
      SourceCidrBlock: '0.0.0.0/0',
      DestinationCidrBlock: '0.0.0.0/0',
    }),
  );
  const session = await client.send(
    new CreateTrafficMirrorSessionCommand({
      NetworkInterfaceId: 'eni-web',
      TrafficMirrorTargetId: target.TrafficMirrorTarget?.TrafficMirrorTargetId ?? '',
      TrafficMirrorFilterId,
      SessionNumber: 1,
    }),
  );
  return session.TrafficMirrorSession?.TrafficMirrorSessionId ?? '';
}

t.test('status, packet and copies', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t);
  const api = await startControlApi(t, stand, { ...INVENTORY, engine: { io: 'ring' } });
  const session = await makeSession(api);
  await api.daemon.until('active', ({ sessions }) => sessions.some(({ active }) => active === true));
  const frames = frameMix({ seed: 1, count: 50 });
  const send = async (): Promise<void> => {
    const sender = new Sender(stand.client);
    await sender.send('veth1', frames);
    sender.close();
  };

  await t.test('Peek sees copies, and what it saw is on record', async (t) => {
    const looking = call<PeekResponse>(api, 'Peek', {
      SessionIds: [session],
      MaxCopies: 5,
      WaitSeconds: 20,
      SnapshotLength: 64,
    });
    let isOver = false;
    void looking.finally(() => {
      isOver = true;
    });
    // The engine is told a moment after the call has begun.
    await waitFor('copies', send, () => isOver);
    const { status, body } = await looking;
    t.equal(status, 200);
    t.equal(body.EndedBy, 'copies');
    t.equal(body.Copies.length, 5);
    for (const copy of body.Copies) {
      t.match(copy, { SessionId: session, SourceId: 'eni-web', Direction: 'ingress' });
      const bytes = Buffer.from(copy.Frame, 'base64');
      t.ok(bytes.length <= 64 && frames.some((frame) => bytes.equals(frame.subarray(0, bytes.length))));
    }
    t.match(api.daemon.log(), new RegExp(`"action":"Peek","resources":\\["${session}"\\]`));
  });

  await t.test('a client that goes gives its place back', async (t) => {
    for (let round = 0; round < 3; round += 1) {
      await Promise.all([1, 2].map(() => leave(t, api, session)));
      await waitFor(
        'a free place',
        () => call<PeekResponse>(api, 'Peek', { SessionIds: [session], WaitSeconds: 0.1 }),
        ({ status }) => status === 200,
      );
    }
  });

  await t.test('GetStatus', async (t) => {
    const whole = await call<GetStatusResponse>(api, 'GetStatus', {});
    t.equal(whole.status, 200, JSON.stringify(whole.body));
    const { sessions, sources, targets, daemon, endpoints, loadBalancers } = whole.body.Status;
    t.match(sessions, [
      { sessionId: session, ownerId: ACCOUNT, declared: false, state: 'active', sourceId: 'eni-web' },
    ]);
    t.ok((sessions?.[0]?.counts?.ingress?.mirrored.packets ?? 0) > 0, 'it counts');
    t.match(sources, [{ sourceId: 'eni-web', device: 'veth0', lanes: [{ state: 'capturing' }] }]);
    t.match(targets, [
      { state: 'reachable', type: 'network-interface', addresses: [{ address: '10.9.0.2' }] },
    ]);
    t.equal(daemon?.pid, (await api.daemon.status()).pid);
    t.strictSame(endpoints, [{ gatewayLoadBalancerEndpointId: 'vpce-ids', address: '10.9.0.3' }]);
    t.strictSame(loadBalancers, []);
    const one = await call<GetStatusResponse>(api, 'GetStatus', {
      SessionIds: [session, 'tms-absent'],
      Include: ['sessions'],
    });
    t.strictSame(Object.keys(one.body.Status).sort(), [
      'countersAt',
      'countersSeconds',
      'generation',
      'health',
      'sessions',
      'startedAt',
    ]);
    t.equal(one.body.Status.sessions?.length, 1);
  });

  await t.test('another account sees nothing of it', async (t) => {
    const { body } = await call<GetStatusResponse>(api, 'GetStatus', {}, OTHER_CREDENTIALS);
    const { daemon, health, sessions, sources, targets, filters } = body.Status;
    t.strictSame(
      { daemon, health, sessions, sources, targets, filters },
      {
        daemon: undefined,
        health: { state: 'ok', reasons: [], notes: [] },
        sessions: [],
        sources: [],
        targets: [],
        filters: [],
      },
    );
    const peek = await call(api, 'Peek', { SessionIds: [session] }, OTHER_CREDENTIALS);
    const explained = await call(
      api,
      'ExplainPacket',
      { SourceId: 'eni-web', Packet: PACKET },
      OTHER_CREDENTIALS,
    );
    for (const { status, body } of [peek, explained]) {
      t.equal(status, 400);
      t.match(body.__type, /#ResourceNotFoundException$/);
    }
    t.notMatch(JSON.stringify(body), new RegExp(`${session}|${ACCOUNT}`));
  });

  await t.test('ExplainPacket says what explain --running says', async (t) => {
    const { body } = await call<ExplainPacketResponse>(api, 'ExplainPacket', {
      SourceId: 'eni-web',
      Packet: PACKET,
    });
    t.match(body, { IsPartial: false, Explanation: { verdict: { kind: 'matched' } } });
    const here = spawnSync(
      process.execPath,
      [
        COMMAND,
        'explain',
        '-c',
        api.configFile,
        '--running',
        '--source',
        'eni-web',
        '--packet',
        PACKET,
        '--json',
      ],
      { encoding: 'utf8' },
    );
    const { origin, ...explanation } = JSON.parse(here.stdout) as Record<string, unknown>;
    t.strictSame(body.Explanation, explanation, String(origin));
  });

  await t.test('what is refused', async (t) => {
    const wrong = await call(api, 'GetStatus', {}, { ...ADMIN, secretAccessKey: 'wrong' });
    t.equal(wrong.status, 403);
    t.match(wrong.body.__type, /InvalidSignatureException/);
    const tooMuch: readonly [string, object][] = [
      ['GetStatus', { MaxResults: 1001 }],
      ['GetStatus', { SessionIds: Array.from({ length: 101 }, (_, index) => `tms-${index}`) }],
      ['ExplainPacket', { SourceId: 'eni-web', FrameHex: 'ab'.repeat(65_536) }],
      ['Peek', { SessionIds: [session], WaitSeconds: 21 }],
      ['Peek', { SessionIds: [session], MaxCopies: 1001 }],
      ['Peek', { SessionIds: Array.from({ length: 33 }, () => session) }],
    ];
    for (const [action, input] of tooMuch) {
      const { status, body } = await call(api, action, input);
      t.equal(status, 400, `${action} ${JSON.stringify(body).slice(0, 200)}`);
      t.match(body.__type, /#InvalidParameterValueException$/);
    }
    t.match((await call(api, 'Reboot', {})).body.__type, /UnknownOperationException/);
  });

  await t.test('the commands, over TCP', async (t) => {
    const place = ['--endpoint-url', api.endpoint];
    const tool = (args: readonly string[], variables: NodeJS.ProcessEnv = {}) =>
      api.run(process.execPath, [COMMAND, ...args], variables);
    const status = await tool(['status', ...place, '--json']);
    t.equal(status.exitCode, 0, status.stderr);
    t.match(JSON.parse(status.stdout), { sessions: [{ sessionId: session }] });
    const text = await tool(['status'], { AWS_ENDPOINT_URL_TRAFFIC_MIRROR: api.endpoint });
    t.match(text.stdout, new RegExp(`session ${session} .* active since`));
    const explained = await tool(['explain', ...place, '--source', 'eni-web', '--packet', PACKET]);
    t.match(explained.stdout, session);
    t.equal(explained.exitCode, 0, explained.stderr);
    const peeking = tool(['peek', ...place, '--session', session, '--count', '3']);
    let isOver = false;
    void peeking.finally(() => {
      isOver = true;
    });
    await waitFor('three copies', send, () => isOver);
    const peeked = await peeking;
    t.equal(peeked.exitCode, 0, peeked.stderr);
    t.equal(peeked.stdout.trim().split('\n').length, 3, peeked.stdout);

    const refused = await tool(['status', ...place], { AWS_SECRET_ACCESS_KEY: 'wrong' });
    t.strictSame([refused.exitCode, refused.stdout], [3, '']);
    t.match(refused.stderr, /^http.* refuses GetStatus: InvalidSignatureException: .*\n$/);
    const absent = await tool(['status', '--endpoint-url', 'http://127.0.0.1:1']);
    t.equal(absent.exitCode, 1);
    t.match(absent.stderr, /^no control API answers on http:\/\/127.0.0.1:1: .*ECONNREFUSED.*\n$/);
    const keyless = await tool(['status', ...place], { AWS_ACCESS_KEY_ID: '' });
    t.equal(keyless.exitCode, 2);
    const both = await tool(['status', ...place, '-c', api.configFile]);
    t.equal(both.exitCode, 2);
  });
});

t.test('a policy denies each action', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t);
  const policy = {
    Statement: [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 'traffic-mirror:*', Resource: '*' },
    ],
  };
  const reader = { accessKeyId: 'AKIDREADER', secretAccessKey: 'readersecret' };
  const api = await startControlApi(t, stand, { ...INVENTORY, engine: { io: 'ring' } }, {}, [
    { userName: 'reader', ...reader, policies: [policy] },
  ]);
  for (const [action, input] of [
    ['GetStatus', {}],
    ['ExplainPacket', { SourceId: 'eni-web', Packet: PACKET }],
    ['Peek', { SessionIds: ['tms-absent'] }],
  ] as const) {
    const { status, body } = await call(api, action, input, reader);
    t.equal(status, 403, action);
    t.match(body, {
      __type: /#AccessDeniedException$/,
      message: new RegExp(`not authorized to perform: traffic-mirror:${action} with an explicit deny`),
    });
  }
  t.match(api.daemon.log(), /"action":"GetStatus".*"outcome":"AccessDeniedException"/);
});

/** Asks for copies, and closes the connection before any can come. */
async function leave(t: Test, { endpoint }: ControlApiStand, session: string): Promise<void> {
  const port = Number(new URL(endpoint).port);
  const body = JSON.stringify({ SessionIds: [session], Direction: 'egress', WaitSeconds: 20 });
  const headers = await signHeaders({
    port,
    body,
    credentials: ADMIN,
    service: 'traffic-mirror',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'TrafficMirror_20261101.Peek',
    },
  });
  const sent = request({ host: '127.0.0.1', port, method: 'POST', headers });
  sent.on('response', () => t.fail('an answer before the client has gone'));
  sent.on('error', () => {});
  sent.end(body, () => setTimeout(() => sent.destroy(), 300));
  await new Promise((resolve) => sent.once('close', resolve));
}
