/** The control API as a whole, with the daemon's log: who called and by what, and never a secret. */
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { ControlApi } from '../../src/api/api.js';
import type { AuditLine } from '../../src/api/audit.js';
import type { ApiSettings } from '../../src/api/settings.js';
import { type Configuration, parseConfiguration } from '../../src/config/load.js';
import { openAuditLog, openLog } from '../../src/daemon/log.js';
import { IDLE_LINKS } from '../fixtures/api/daemon-links.js';
import { ACCOUNT, INVENTORY } from '../fixtures/api/ec2.js';
import { startServer } from '../fixtures/api/echo-service.js';
import { CREDENTIALS } from '../fixtures/api/recorded-requests.js';
import { ALLOW_ALL, openServices, userOf } from '../fixtures/api/services.js';
import { signHeaders } from '../fixtures/api/signer.js';

const { accessKeyId, secretAccessKey } = CREDENTIALS;
const VERSION = 'Version=2016-11-15';

type Line = AuditLine & { readonly msg: string };

interface Opened {
  readonly socketPath: string;
  /** Everything that was logged, as it was written. */
  readonly text: string[];
  /** Tells of each line by the event `line`. */
  readonly written: EventEmitter;
  /** The audit lines since the last call. */
  audited(): Line[];
  flush(): void;
  setLevel(level: string): void;
}

function hasApi(read: Configuration): read is Configuration & { readonly api: ApiSettings } {
  return read.api !== undefined;
}

async function openApi(t: Test): Promise<Opened> {
  const directory = mkdtempSync(join(tmpdir(), 'tm-audit-'));
  const socketPath = join(directory, 'api.sock');
  const parsed = parseConfiguration(
    `${INVENTORY}
api:
  listen: unix:${socketPath}
  accounts:
    - accountId: "${ACCOUNT}"
      users:
        - userName: admin
          accessKeyId: ${accessKeyId}
          secretAccessKey: ${secretAccessKey}
          policies: [{ Statement: [{ Effect: Allow, Action: "ec2:*", Resource: "*" }] }]
`,
    'x.yaml',
  );
  if (!parsed.ok || !hasApi(parsed.configuration)) throw new Error(JSON.stringify(parsed));
  const text: string[] = [];
  const written = new EventEmitter();
  const logs = openLog('trace', {
    write: (line) => {
      text.push(line);
      written.emit('line');
    },
  });
  const control = await ControlApi.open({
    configuration: parsed.configuration,
    stateDirectory: directory,
    requireOwned: async () => {},
    log: logs.log,
    audit: openAuditLog(logs),
    hasDevice: () => false,
    askDevices: async (_netns, names) => names.map(() => 'unknown'),
  });
  await control.start({
    apply: async () => {},
    counts: () => [],
    activityOf: () => undefined,
    targetHealth: () => new Map(),
    trafficMirror: IDLE_LINKS,
  });
  t.teardown(async () => {
    await control.close();
    logs.limit.flush();
    rmSync(directory, { recursive: true, force: true });
  });
  let seen = 0;
  return {
    socketPath,
    text,
    written,
    flush: () => logs.limit.flush(),
    setLevel: (level) => {
      logs.log.level = level;
    },
    audited: () => {
      const lines = text.slice(seen).map((line) => JSON.parse(line) as Line);
      seen = text.length;
      return lines.filter(({ msg }) => msg === 'api audit');
    },
  };
}

/** @returns the status */
function send(
  socketPath: string,
  body: string,
  headers: Record<string, string> = {},
  path = '/',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath, method: 'POST', path, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const signed = (body: string, credentials = CREDENTIALS): Promise<Record<string, string>> =>
  signHeaders({ port: 0, body, credentials });

t.test('the caller, by a socket and by a key', async (t) => {
  const { socketPath, audited } = await openApi(t);
  const body = `Action=CreateTrafficMirrorFilter&${VERSION}&Description=hush`;
  t.equal(await send(socketPath, body), 200);
  const [unsigned, ...none] = audited();
  const want = {
    account: ACCOUNT,
    service: 'ec2',
    action: 'CreateTrafficMirrorFilter',
    resources: [/^tmf-0/],
    source: 'unix',
    outcome: 'done',
    requestId: /^[0-9a-f-]{36}$/,
  };
  t.match(unsigned, { ...want, user: 'root' });
  t.same(none, []);
  t.same(Object.keys(unsigned ?? {}).sort(), [
    'account',
    'action',
    'hostname',
    'level',
    'msg',
    'outcome',
    'pid',
    'requestId',
    'resources',
    'service',
    'source',
    'time',
    'user',
  ]);
  t.equal(await send(socketPath, body, await signed(body)), 200);
  t.match(audited(), [{ ...want, user: 'admin', accessKeyId, level: 30 }]);
  t.equal(await send(socketPath, `Action=DescribeTags&${VERSION}`), 200);
  t.same(audited(), [], 'a look');
});

t.test('the level of the log applies to the audit log', async (t) => {
  const { socketPath, audited, setLevel } = await openApi(t);
  setLevel('warn');
  await send(socketPath, `Action=CreateTrafficMirrorFilter&${VERSION}`);
  t.same(audited(), []);
  setLevel('info');
  await send(socketPath, `Action=CreateTrafficMirrorFilter&${VERSION}`);
  t.equal(audited().length, 1);
});

/** A claim of an unknown key, with all that a query has to have. */
const IN_THE_QUERY =
  '/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDQUERY%2F20260101%2Fus-east-1%2Fec2%2Faws4_request' +
  `&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=${'0'.repeat(64)}`;

t.test('failed authentication', async (t) => {
  const { socketPath, audited, flush } = await openApi(t);
  const body = `Action=DeleteTags&${VERSION}&ResourceId.1=tmf-1`;
  const claim = (id: string): Record<string, string> => ({
    authorization: `AWS4-HMAC-SHA256 Credential=${id}/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
  });
  const wrong = await signed(body, { accessKeyId, secretAccessKey: 'x' });
  const rows: [name: string, headers: Record<string, string>, path: string, key: string | undefined][] = [
    ['a wrong signature', wrong, '/', accessKeyId],
    ['an unknown key', await signed(body, { accessKeyId: 'AKIDOTHER', secretAccessKey }), '/', 'AKIDOTHER'],
    ['no claim at all', { authorization: 'Basic eDp5' }, '/', undefined],
    ['what is no id', claim('a%0ab<script>'), '/', undefined],
    ['an id without end', claim('A'.repeat(5000)), '/', undefined],
    ['a secret in its place', claim(secretAccessKey), '/', undefined],
    ['a part of a secret', claim('wJalrXUtnFEMI'), '/', undefined],
    ['in the query', {}, IN_THE_QUERY, 'AKIDQUERY'],
    ['a claim that is not whole', {}, IN_THE_QUERY.replace('&X-Amz-SignedHeaders=host', ''), undefined],
  ];
  for (const [name, headers, path, key] of rows) {
    const status = await send(socketPath, body, headers, path);
    t.ok(status >= 400 && status < 500, `${name} ${status}`);
    flush();
    const [line, ...more] = audited();
    t.same(more, [], name);
    t.equal(line?.accessKeyId, key, name);
    t.match(line, { source: 'unix', outcome: /^[A-Za-z]+$/ }, name);
    t.notOk(line && ('user' in line || 'action' in line || 'resources' in line), 'nobody knows who it was');
  }
});

t.test('a client that does not wait for the refusal is logged all the same', async (t) => {
  const { socketPath, audited, written } = await openApi(t);
  const logged = once(written, 'line');
  const socket = connect(socketPath, () => {
    socket.write(`POST ${IN_THE_QUERY} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n`, () =>
      socket.destroy(),
    );
  });
  await logged;
  t.match(audited(), [{ accessKeyId: 'AKIDQUERY', outcome: /^[A-Za-z]+$/ }]);
});

t.test('the address of a peer', async (t) => {
  const { services } = await openServices(t);
  const sources: string[] = [];
  const principal = userOf(ACCOUNT, 'admin', ALLOW_ALL);
  const { port } = await startServer(t, services.ec2, {
    accessKeys: () => new Map([[accessKeyId, { ...CREDENTIALS, principal }]]),
    onAnswered: ({ source }) => sources.push(source),
  });
  const body = `Action=DescribeTags&${VERSION}`;
  const headers = await signHeaders({ port, body });
  await new Promise((resolve, reject) => {
    const request = httpRequest({ port, method: 'POST', headers }, (response) =>
      response.resume().on('end', resolve),
    );
    request.on('error', reject);
    request.end(body);
  });
  t.same(sources, ['127.0.0.1']);
});

t.test('no secret, signature or body is ever logged', async (t) => {
  const { socketPath, text, flush } = await openApi(t);
  const hush = 'hush-hush-0123456789';
  const action = fc.constantFrom(
    'CreateTrafficMirrorFilter',
    'CreateTags',
    'DescribeTags',
    'RunInstances',
    'DeleteTags',
  );
  const name = fc.constantFrom(
    'Description',
    'Tag.1.Key',
    'Tag.1.Value',
    'Filter.1.Name',
    'ClientToken',
    'Password',
    'NextToken',
  );
  const credentials = fc.constantFrom(
    CREDENTIALS,
    { accessKeyId, secretAccessKey: 'wrong' },
    { accessKeyId: 'AKIDOTHER', secretAccessKey },
    { accessKeyId: secretAccessKey, secretAccessKey: accessKeyId },
  );
  const place = fc.constantFrom('header', 'query', 'none', 'torn');
  const signatures = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      action,
      fc.uniqueArray(name, { maxLength: 4 }),
      credentials,
      place,
      async (asked, names, by, where) => {
        const values = names.map((parameter) => `${parameter}=${hush}${encodeURIComponent(secretAccessKey)}`);
        const body = [`Action=${asked}`, VERSION, ...values].join('&');
        const headers = await signed(body, by);
        const signature = /Signature=([0-9a-f]{64})/.exec(headers.authorization ?? '')?.[1] ?? '';
        signatures.add(signature);
        const query = new URLSearchParams({
          'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
          'X-Amz-Credential': `${by.accessKeyId}/20260101/us-east-1/ec2/aws4_request`,
          'X-Amz-Date': '20260101T000000Z',
          'X-Amz-Expires': '60',
          'X-Amz-SignedHeaders': 'host',
          'X-Amz-Signature': signature,
        });
        if (where === 'query') await send(socketPath, body, {}, `/?${query}`);
        else if (where === 'none') await send(socketPath, body);
        else if (where === 'torn') {
          await send(socketPath, body, { authorization: `${headers.authorization} ${secretAccessKey}` });
        } else await send(socketPath, body, headers);
      },
    ),
    { numRuns: 400 },
  );
  flush();
  const all = text.join('');
  const audits = text.filter((line) => line.includes('"api audit"'));
  t.ok(audits.length > 20, `${audits.length} lines`);
  t.ok(signatures.size > 50);
  for (const secret of [secretAccessKey, secretAccessKey.slice(0, 13), hush, ...signatures])
    t.notOk(all.includes(secret), 'not in any line');
});
