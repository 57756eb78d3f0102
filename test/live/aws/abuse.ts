/** Whatever clients do to the control API, the engine loses no frame, and the daemon no memory. */
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTrafficMirrorSessionsCommand } from '@aws-sdk/client-ec2';
import t from 'tap';
import { signHeaders } from '../../fixtures/api/signer.js';
import { INVENTORY, startControlApi } from '../../fixtures/live/daemon/control-api.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { deviceCounter, Load } from '../../fixtures/live/traffic/load.js';

const RATE = 1000;
const LOAD_SECONDS = 12;
const CONNECTIONS = 1200;
const MEBIBYTE = 2 ** 20;
/** What bodies may hold, and room for the garbage collector. */
const GROWTH_LIMIT_MEBIBYTES = 150;
const ANY = { sourceCidrBlock: '0.0.0.0/0', destinationCidrBlock: '0.0.0.0/0' };

t.test('abuse', { skip: skipUnless('nft') }, async (t) => {
  const stand = buildStand(t, { silentTarget: true });
  const { client, daemon, socket } = await startControlApi(t, stand, {
    ...INVENTORY,
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-ids', networkInterfaceId: 'eni-ids' }],
    trafficMirrorFilters: [
      {
        trafficMirrorFilterId: 'tmf-all',
        ingressFilterRules: [{ ruleNumber: 1, ruleAction: 'accept', ...ANY }],
      },
    ],
    trafficMirrorSessions: [
      {
        trafficMirrorSessionId: 'tms-all',
        networkInterfaceId: 'eni-web',
        trafficMirrorTargetId: 'tmt-ids',
        trafficMirrorFilterId: 'tmf-all',
        sessionNumber: 1,
      },
    ],
    engine: { io: 'ring' },
  });
  await daemon.until('capturing', ({ lanes }) => lanes.every(({ state }) => state === 'capturing'));
  const pid = daemon.process.pid ?? 0;
  const before = residentMebibytes(pid);
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, residentMebibytes(pid));
  }, 100);
  t.teardown(() => clearInterval(watch));
  const start = deviceCounter(stand.ids, 'ids0', 'rx_packets');
  const load = new Load(stand, LOAD_SECONDS, RATE);

  const sockets: Socket[] = [];
  t.teardown(() => {
    for (const held of sockets) held.destroy();
  });
  const hold = (text: string): void => {
    const held = connect(socket, () => held.write(text));
    held.on('error', () => {});
    sockets.push(held);
  };
  for (let index = 0; index < CONNECTIONS; index++) {
    hold(
      index % 2 === 0
        ? 'POST / HTTP/1.1\r\nhost: a\r\nx: '
        : `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${MEBIBYTE}\r\n\r\n`,
    );
    if (index % 100 === 0) await sleep(1);
  }
  const half = 'a'.repeat(MEBIBYTE / 2);
  for (const held of sockets.slice(-200)) held.write(half);

  const signed = await signHeaders({ port: 1, body: 'Action=DescribeTags&Version=2016-11-15' });
  const rows: [name: string, headers: Record<string, string>, body: string, status: number, text: RegExp][] =
    [
      ['oversize', {}, 'a'.repeat(3 * MEBIBYTE), 413, /RequestEntityTooLarge/],
      ['no action', {}, '', 400, /MissingAction/],
      ['unknown action', {}, 'Action=__proto__&Version=2016-11-15', 400, /InvalidAction/],
      [
        'prototype keys',
        {},
        'Action=DescribeTags&Version=2016-11-15&__proto__.x=1&constructor=2',
        400,
        /UnknownParameter/,
      ],
      ['name twice', {}, 'Action=DescribeTags&Action=DescribeTags', 400, /MalformedQueryString/],
      ['escape', {}, 'Action=DescribeTags&A=%', 400, /MalformedQueryString/],
      ['another body', signed, 'Action=DeleteTags&Version=2016-11-15', 401, /AuthFailure/],
      [
        'another time',
        { ...signed, 'x-amz-date': '20200101T000000Z' },
        '',
        400,
        /IncompleteSignature|RequestExpired/,
      ],
      [
        'no signature',
        { ...signed, authorization: 'AWS4-HMAC-SHA256 Credential=a' },
        '',
        400,
        /IncompleteSignature/,
      ],
    ];
  for (let round = 0; round < 20; round++) {
    for (const [name, headers, body, status, text] of rows) {
      const answer = await send(socket, headers, body);
      if (answer.status !== status || !text.test(answer.text)) t.match(answer, { status, text }, name);
    }
    const { TrafficMirrorSessions } = await client.send(new DescribeTrafficMirrorSessionsCommand({}));
    t.equal(TrafficMirrorSessions?.length, 1, 'who behaves is served');
  }
  const { sent } = await load.end();
  await sleep(1000);
  t.equal(deviceCounter(stand.ids, 'ids0', 'rx_packets') - start, sent, 'every frame was mirrored');
  t.comment(`${Math.round(before)} MiB before, ${Math.round(peak)} MiB at most`);
  t.ok(peak - before < GROWTH_LIMIT_MEBIBYTES, 'memory');
  t.equal((await daemon.status()).engines[0]?.restarts, 0);
  t.equal(await daemon.stop(), 0, 'exit code');
});

function send(
  socketPath: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method: 'POST', headers }, async (response: IncomingMessage) => {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      resolve({ status: response.statusCode, text });
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** proc(5), VmRSS. */
function residentMebibytes(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1024;
}
