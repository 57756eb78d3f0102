/** Who may read the metrics: certificates and tokens, and their change without a new start. Clients are curl and openssl. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { MetricsSettings } from '../../src/metrics/metrics-access.js';
import { MetricsServer } from '../../src/metrics/metrics-server.js';
import { type CertificateFiles, CertificateMaker } from '../fixtures/listen/certificates.js';
import { curl, runClient } from '../fixtures/listen/clients.js';
import { skipWithoutTool } from '../fixtures/live/oracle/tool.js';
import { statusOf } from '../fixtures/status/status.js';

const TOKEN = 'first-token-0123456789';
const OTHER = 'other-token-0123456789';
const PATHS = ['/metrics', '/healthz', '/livez', '/readyz', '/nowhere', '/'];
/** curl(1): a failed handshake, an empty answer, no or a broken connection. */
const REFUSED = [35, 52, 55, 56];

interface Served {
  readonly settings: MetricsSettings;
  readonly metrics: MetricsServer;
  readonly url: string;
  readonly directory: string;
  readonly maker: CertificateMaker;
  readonly expired: string[];
}

interface Wanted {
  readonly tls?: boolean;
  readonly clients?: boolean;
  readonly token?: string;
  readonly ended?: boolean;
}

async function serve(t: Test, { tls = true, clients = false, token, ended }: Wanted): Promise<Served> {
  const directory = t.testdir({});
  const maker = new CertificateMaker(directory);
  const tokenFile = join(directory, 'token');
  if (token !== undefined) writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
  const authority = maker.authority('ca');
  const server = maker.leaf('server', 'ca', ended);
  const settings: MetricsSettings = {
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    ...(tls && {
      tls: {
        certificateFile: server.certificate,
        keyFile: server.key,
        ...(clients && { clientCaFile: authority.certificate }),
      },
    }),
    ...(token !== undefined && { bearerTokenFile: tokenFile }),
  };
  const expired: string[] = [];
  const metrics = await MetricsServer.open(settings, (file) => expired.push(file));
  const { port, close } = await metrics
    .serve(() => statusOf())
    .then((http) => ({
      port: http.port,
      close: () => http.close(),
    }));
  t.teardown(close);
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  return { settings, metrics, url, directory, maker, expired };
}

const trust = ({ directory }: Served): string[] => ['--cacert', join(directory, 'ca.crt')];
const present = ({ certificate, key }: CertificateFiles): string[] => ['--cert', certificate, '--key', key];
const bearer = (token: string): string[] => ['-H', `Authorization: Bearer ${token}`];

const skip = skipWithoutTool('openssl', 'version') || skipWithoutTool('curl');

t.test('a token over TLS', { skip }, async (t) => {
  const served = await serve(t, { token: TOKEN });
  const { url } = served;
  const right = await curl(`${url}/metrics`, ...trust(served), ...bearer(TOKEN));
  t.equal(right.code, 200, right.stderr);
  t.match(right.body, 'traffic_mirror_build_info');
  for (const path of ['/healthz', '/livez'])
    t.equal((await curl(url + path, ...trust(served), ...bearer(TOKEN))).code, 200, path);
  const wrong: string[] = [];
  for (const path of PATHS) {
    for (const options of [
      [],
      bearer(OTHER),
      bearer(`${TOKEN}x`),
      bearer(TOKEN.slice(0, -1)),
      ['-X', 'POST'],
    ]) {
      const { code, body } = await curl(url + path, '-i', ...trust(served), ...options);
      t.equal(code, 401, `${path} ${options.join(' ')}`);
      wrong.push(body.replace(/^date: .*$/im, ''));
    }
  }
  t.equal(new Set(wrong).size, 1, 'every refusal is the same');
  t.match(wrong[0], /^www-authenticate: Bearer\r$/im);
});

t.test('a certificate of the client', { skip }, async (t) => {
  const served = await serve(t, { clients: true });
  const { url, maker } = served;
  const good = present(maker.leaf('prometheus', 'ca'));
  const right = await curl(`${url}/metrics`, ...trust(served), ...good);
  t.equal(right.code, 200, right.stderr);
  for (const version of ['1.2', '1.3']) {
    for (const [name, options] of [
      ['none', []],
      ['another authority', present(maker.leaf('stranger', 'others'))],
      ['ended', present(maker.leaf('late', 'ca', true))],
      ['signed by itself', present(maker.authority('self'))],
    ] as const) {
      const { exitCode, code } = await curl(
        `${url}/metrics`,
        ...trust(served),
        ...['--tlsv1.2', '--tls-max', version],
        ...options,
      );
      t.ok(REFUSED.includes(exitCode ?? 0), `TLS ${version}, ${name}: curl ends with ${exitCode}`);
      t.equal(code, 0, 'without an answer');
    }
  }
  const { stdout } = await runClient(
    'openssl',
    's_client',
    '-connect',
    url.replace('https://', ''),
    '-tls1_2',
  );
  t.match(stdout, /Acceptable client certificate CA names\n.*CN ?= ?ca/, 'the server says whom it trusts');
});

t.test('both', { skip }, async (t) => {
  const served = await serve(t, { clients: true, token: TOKEN });
  const good = present(served.maker.leaf('prometheus', 'ca'));
  const ask = (...options: string[]) => curl(`${served.url}/metrics`, ...trust(served), ...options);
  t.equal((await ask(...good, ...bearer(TOKEN))).code, 200);
  t.equal((await ask(...good)).code, 401);
  t.equal((await ask(...bearer(TOKEN))).code, 0);
});

t.test('a token without TLS, on loopback', { skip }, async (t) => {
  const served = await serve(t, { tls: false, token: TOKEN });
  t.equal((await curl(`${served.url}/metrics`, ...bearer(TOKEN))).code, 200);
  t.equal((await curl(`${served.url}/metrics`)).code, 401);
});

t.test('plain HTTP to the port of TLS', { skip }, async (t) => {
  const served = await serve(t, { token: TOKEN });
  const { exitCode, code } = await curl(`${served.url.replace('https', 'http')}/metrics`, ...bearer(TOKEN));
  t.ok(REFUSED.includes(exitCode ?? 0), `curl ends with ${exitCode}`);
  t.equal(code, 0);
});

t.test('everything is read anew', { skip }, async (t) => {
  const served = await serve(t, { clients: true, token: TOKEN });
  const { metrics, settings, maker, directory } = served;
  const first = present(maker.leaf('first', 'ca'));
  const second = present(maker.leaf('second', 'other'));
  const ask = (ca: string, options: readonly string[], token: string) =>
    curl(`${served.url}/metrics`, '--cacert', join(directory, ca), ...options, ...bearer(token));
  t.equal((await ask('ca.crt', first, TOKEN)).code, 200);
  // Two tokens, while clients change theirs.
  writeFileSync(join(directory, 'token'), `${TOKEN}\n${OTHER}\n`);
  t.equal((await ask('ca.crt', first, OTHER)).code, 401, 'not before it is asked for');
  (await metrics.prepare(settings))();
  for (const token of [TOKEN, OTHER]) t.equal((await ask('ca.crt', first, token)).code, 200, token);
  writeFileSync(join(directory, 'token'), OTHER);
  const newer = maker.leaf('newer', 'other');
  copyFileSync(newer.certificate, join(directory, 'server.crt'));
  await t.rejects(
    metrics.prepare(settings),
    { code: 'listen-file' },
    'a certificate without its key is refused',
  );
  t.equal((await ask('ca.crt', first, TOKEN)).code, 200, 'and what was there goes on, all of it');
  copyFileSync(newer.key, join(directory, 'server.key'));
  copyFileSync(join(directory, 'other.crt'), join(directory, 'ca-of-clients.crt'));
  const tls = { ...settings.tls, clientCaFile: join(directory, 'ca-of-clients.crt') };
  (await metrics.prepare({ ...settings, tls: { ...settings.tls!, ...tls } }))();
  t.equal((await ask('other.crt', second, OTHER)).code, 200, 'the new certificate, authority and token');
  t.equal((await ask('other.crt', second, TOKEN)).code, 401, 'the old token');
  t.equal((await ask('other.crt', first, OTHER)).code, 0, 'the old authority');
  t.equal((await ask('ca.crt', second, OTHER)).code, 0, 'the old certificate');
});

t.test('a certificate that has ended is told of', { skip }, async (t) => {
  const served = await serve(t, { token: TOKEN, ended: true });
  const file = join(served.directory, 'server.crt');
  t.strictSame(served.expired, [file]);
  const { exitCode } = await curl(`${served.url}/metrics`, ...trust(served), ...bearer(TOKEN));
  t.equal(exitCode, 60, 'clients refuse it');
  t.equal((await curl(`${served.url}/metrics`, '-k', ...bearer(TOKEN))).code, 200);
  (await served.metrics.prepare(served.settings))();
  t.strictSame(served.expired, [file, file], 'again at each reload');
});
