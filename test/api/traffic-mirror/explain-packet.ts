/** ExplainPacket: what each account is told of the sessions that decide. */
import t, { type Test } from 'tap';
import type { ExplainPacketResponse, ExplanationDocument } from '../../../src/api/traffic-mirror/shape.js';
import { ACCOUNT, INVENTORY, OTHER_ACCOUNT } from '../../fixtures/api/ec2.js';
import { xmlTextAt } from '../../fixtures/api/parse-xml.js';
import { ALLOW_ALL, openServices, userOf } from '../../fixtures/api/services.js';

const host = userOf(ACCOUNT, 'admin', ALLOW_ALL);
const other = userOf(OTHER_ACCOUNT, 'other', ALLOW_ALL);
const LIMITS = [{ name: 'engine.limits', bitsPerSecond: 1_000_000 }];

/** Says of each packet what the daemon says of one that matches a session and is skipped. */
async function setUp(t: Test) {
  let targetId = '';
  const fixture = await openServices(t, INVENTORY, {
    links: {
      explain: () => ({
        ok: true,
        value: {
          explanation: {
            sourceId: 'eni-web',
            verdict: { kind: 'matched', session: { sessionId: 'tms-1', targetId, limits: LIMITS }, by: {} },
            skipped: 'loop',
          } as unknown as ExplanationDocument,
          generation: 1,
          isPartial: false,
        },
      }),
    },
  });
  const { body } = await fixture.call(
    'ec2',
    'CreateTrafficMirrorTarget',
    { NetworkInterfaceId: 'eni-ids2' },
    other,
  );
  targetId = xmlTextAt(String(body), '/trafficMirrorTarget/trafficMirrorTargetId');
  return async (principal: typeof host): Promise<ExplainPacketResponse> => {
    const input = { SourceId: 'eni-web', Packet: 'arp' };
    const { status, body } = await fixture.call('traffic-mirror', 'ExplainPacket', input, principal);
    if (status !== 200) throw new Error(String(body));
    return JSON.parse(String(body)) as ExplainPacketResponse;
  };
}

t.test('limits of copies are the host’s, also where there is no copy', async (t) => {
  const ask = await setUp(t);
  t.match((await ask(host)).Explanation, { verdict: { session: { limits: LIMITS } }, skipped: 'loop' });
  const { Explanation } = await ask(other);
  t.match(Explanation, { verdict: { session: { sessionId: 'tms-1' } }, skipped: 'loop' });
  t.notMatch(JSON.stringify(Explanation), 'bitsPerSecond');
  t.notOk('copy' in Explanation);
});

t.test('calls that take long are refused above their share of the time', async (t) => {
  let calls = 0;
  const explain = (): undefined => {
    calls += 1;
    const endMs = performance.now() + 160;
    while (performance.now() < endMs);
    return undefined;
  };
  const { call } = await openServices(t, INVENTORY, { links: { explain } });
  const ask = (principal: typeof host): Promise<string> =>
    call('traffic-mirror', 'ExplainPacket', { SourceId: 'eni-web', Packet: 'arp' }, principal).then(
      ({ outcome }) => String(outcome),
    );
  t.equal(await ask(host), 'ResourceNotFoundException', 'it was asked');
  t.equal(await ask(host), 'ThrottlingException');
  t.equal(
    await ask(userOf(ACCOUNT, 'second', ALLOW_ALL)),
    'ThrottlingException',
    'another user of the account',
  );
  t.equal(await ask(other), 'ResourceNotFoundException', 'another account has a share of its own');
  t.equal(await ask(other), 'ThrottlingException');
  t.equal(calls, 2);
});
