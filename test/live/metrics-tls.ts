/**
 * The metrics of a real daemon on an address that others reach: by a certificate and a token that are changed while it runs,
 * and with files that cannot be used.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type CertificateFiles, CertificateMaker } from '../fixtures/listen/certificates.js';
import { COMMAND } from '../fixtures/live/daemon/command.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { reload } from '../fixtures/live/daemon/reloading.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { skipUnless } from '../fixtures/live/requirements.js';

const LISTEN = '10.9.0.1:9464';
const TOKEN = 'first-token-0123456789';
const OTHER = 'other-token-0123456789';
/** curl(1): a failed handshake, an empty answer, a broken connection. */
const REFUSED = [35, 52, 56];

interface Protected {
  readonly stand: Stand;
  readonly maker: CertificateMaker;
  readonly file: string;
  /** The path of a file beside the certificates. */
  path(name: string): string;
}

function protect(t: Test): Protected {
  const stand = buildStand(t);
  const directory = join(stand.directory, 'tls');
  mkdirSync(directory);
  const maker = new CertificateMaker(directory);
  const path = (name: string): string => join(directory, name);
  const server = maker.leaf('server', 'ca');
  copyFileSync(maker.authority('clients').certificate, path('clients.pem'));
  writeFileSync(path('token'), `${TOKEN}\n`, { mode: 0o600 });
  const metrics = {
    listen: LISTEN,
    tls: {
      certificateFile: server.certificate,
      keyFile: server.key,
      clientCaFile: path('clients.pem'),
    },
    bearerTokenFile: path('token'),
  };
  const file = stand.configure({ ...mirrorEverything('veth0', 5), metrics });
  return { stand, maker, file, path };
}

/** As Prometheus asks from another host. @returns curl's exit code and the status; 0: no answer. */
function scrape(
  { stand, path }: Protected,
  ca: string,
  client: CertificateFiles | undefined,
  token: string,
): { exitCode: number | null; code: number; body: string } {
  const certificate = client === undefined ? [] : ['--cert', client.certificate, '--key', client.key];
  const args = [
    ...['netns', 'exec', stand.ids.name, 'curl', '-sS', '--max-time', '10', '-w', '\n%{http_code}'],
    ...['--cacert', path(ca), ...certificate, '-H', `Authorization: Bearer ${token}`],
    `https://${LISTEN}/metrics`,
  ];
  const { status, stdout } = spawnSync('ip', args, { encoding: 'utf8' });
  const end = stdout.lastIndexOf('\n');
  return { exitCode: status, code: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
}

const skip = skipUnless('curl', 'openssl', 'ping');

t.test('certificates and tokens, changed while it runs', { skip }, async (t) => {
  const place = protect(t);
  const { stand, maker, file, path } = place;
  const [client, stranger] = [maker.leaf('client', 'clients'), maker.leaf('stranger', 'others')];
  const daemon = await stand.start(file);
  const before = await daemon.status();
  const first = scrape(place, 'ca.crt', client, TOKEN);
  t.equal(first.code, 200);
  t.match(first.body, 'traffic_mirror_build_info');
  t.equal(scrape(place, 'ca.crt', client, OTHER).code, 401, 'another token');
  for (const other of [undefined, stranger]) {
    const { exitCode, code } = scrape(place, 'ca.crt', other, TOKEN);
    t.ok(REFUSED.includes(exitCode ?? 0) && code === 0, `${other?.certificate}: curl ends with ${exitCode}`);
  }

  // Of what is changed, one file cannot be used: nothing changes.
  const newer = maker.leaf('newer', 'others');
  copyFileSync(newer.certificate, path('server.crt'));
  writeFileSync(path('token'), OTHER);
  const refused = await reload(daemon);
  t.equal(refused.reload.lastResult, 'failed');
  t.match(refused.reload.problems, [/metrics\.tls\.keyFile .*server\.key: does not go with the certificate/]);
  t.equal(scrape(place, 'ca.crt', client, TOKEN).code, 200, 'the one before goes on');

  copyFileSync(newer.key, path('server.key'));
  copyFileSync(path('others.crt'), path('clients.pem'));
  const taken = await reload(daemon);
  t.strictSame([taken.reload.lastResult, taken.reload.problems], ['applied', []]);
  t.equal(scrape(place, 'others.crt', stranger, OTHER).code, 200, 'all that is new');
  t.equal(scrape(place, 'others.crt', stranger, TOKEN).code, 401, 'the old token');
  t.equal(scrape(place, 'others.crt', client, OTHER).code, 0, 'the old authority');
  t.equal(scrape(place, 'ca.crt', stranger, OTHER).code, 0, 'the old certificate');
  t.match(taken, { pid: before.pid, engines: [{ pid: before.engines[0]!.pid, restarts: 0 }] });

  chmodSync(path('token'), 0o644);
  const open = await reload(daemon);
  t.match(open.reload.problems, [/metrics\.bearerTokenFile .*token: everybody may open the file/]);
  t.equal(await daemon.stop(), 0, 'exit code');
  for (const secret of [TOKEN, OTHER, 'PRIVATE KEY']) t.notMatch(daemon.log(), secret, 'no secret is logged');
});

t.test('files that cannot be used', { skip }, async (t) => {
  const place = protect(t);
  const { stand, file, path } = place;
  const run = (): { code: number | null; said: string } => {
    const args = ['netns', 'exec', stand.host.name, process.execPath, COMMAND, 'run', '--config', file];
    const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8', timeout: 20_000 });
    return { code: status, said: stderr };
  };
  chmodSync(path('server.key'), 0o644);
  t.strictSame(run(), {
    code: 1,
    said: `metrics.tls.keyFile ${path('server.key')}: everybody may open the file; take that away with chmod o=\n`,
  });
  chmodSync(path('server.key'), 0o600);
  writeFileSync(path('token'), 'short\n');
  t.match(run(), { code: 1, said: /^metrics\.bearerTokenFile \S+: expected one token, or two .*\n$/ });
});
