/** The server of metrics and health: its responses, why it does not start, and every metric of the page. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ListenAddress } from '../../src/listen/listen.js';
import { MetricsPage, MetricsServer } from '../../src/metrics/metrics-server.js';
import type { Status } from '../../src/status/status.js';
import { runTool, skipWithoutTool } from '../fixtures/live/oracle/tool.js';
import { laneStatus, statusOf } from '../fixtures/status/status.js';

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

function makeSocketPath(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'tm-metrics-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'metrics.sock');
}

async function serve(t: Test, address: ListenAddress, read = (): Status => statusOf()): Promise<void> {
  const metrics = await MetricsServer.open({ listen: address });
  const server = await metrics.serve(read);
  t.teardown(() => server.close());
}

function ask(options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode, type: response.headers['content-type'], body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

t.test('metrics over TCP', async (t) => {
  const port = await freePort();
  await serve(t, { kind: 'tcp', host: '127.0.0.1', port });
  const { status, type, body } = await ask({ host: '127.0.0.1', port, path: '/metrics' });
  t.equal(status, 200);
  t.match(type, /^text\/plain; version=0\.0\.4/);
  t.match(body, '# TYPE traffic_mirror_captured_packets_total counter\n');
  const head = await ask({ host: '127.0.0.1', port, path: '/metrics', method: 'HEAD' });
  t.same([head.status, head.body], [200, '']);
});

t.test('health', async (t) => {
  const socketPath = makeSocketPath(t);
  let health: Status['health'] = { state: 'ok', reasons: [], notes: [] };
  await serve(t, { kind: 'unix', path: socketPath }, () => statusOf({ health }));
  t.equal(statSync(socketPath).mode & 0o777, 0o660, 'for owner and group only');
  const rows = [
    { state: 'ok', reasons: [], notes: [], want: 200 },
    { state: 'degraded', reasons: ['target 10.9.0.2: no route'], notes: [], want: 200 },
    { state: 'failing', reasons: ['source eni-web ingress: device eth0 is down'], notes: [], want: 503 },
  ] as const;
  for (const { want, ...now } of rows) {
    health = now;
    const { status, type, body } = await ask({ socketPath, path: '/healthz' });
    t.same([status, type, JSON.parse(body)], [want, 'application/json', now], now.state);
  }
});

t.test('probes', async (t) => {
  const socketPath = makeSocketPath(t);
  let lane = laneStatus('ingress');
  await serve(t, { kind: 'unix', path: socketPath }, () => statusOf({ lanes: [lane] }));
  const probe = async (path: string): Promise<[number | undefined, unknown]> => {
    const { status, body } = await ask({ socketPath, path });
    return [status, JSON.parse(body)];
  };
  t.strictSame(await probe('/livez'), [200, { ok: true, reasons: [], notes: [] }]);
  t.strictSame(await probe('/readyz'), [200, { ok: true, reasons: [], notes: [] }]);
  lane = laneStatus('ingress', { state: 'waiting', reason: 'device eth0 is down' });
  t.strictSame(await probe('/livez'), [200, { ok: true, reasons: [], notes: [] }]);
  const reasons = ['source eni-web ingress: device eth0 is down'];
  t.strictSame(await probe('/readyz?verbose'), [503, { ok: false, reasons, notes: [] }]);
});

t.test('nothing else', async (t) => {
  const socketPath = makeSocketPath(t);
  await serve(t, { kind: 'unix', path: socketPath });
  for (const path of ['/', '/metrics/', '/../etc/passwd', '/constructor', '/status']) {
    t.equal((await ask({ socketPath, path })).status, 404, path);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    t.equal((await ask({ socketPath, path: '/metrics', method })).status, 405, method);
  }
});

t.test('an address that is taken', async (t) => {
  const port = await freePort();
  const address = { kind: 'tcp', host: '127.0.0.1', port } as const;
  await serve(t, address);
  const want = `metrics.listen 127.0.0.1:${port}: listen EADDRINUSE: address already in use 127.0.0.1:${port}`;
  await t.rejects(serve(t, address), { code: 'listen', message: want });
});

t.test('a socket that is taken, one that was left behind, and a file', async (t) => {
  const path = makeSocketPath(t);
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`;
  spawnSync(process.execPath, ['-e', script]);
  await serve(t, { kind: 'unix', path });
  await t.rejects(serve(t, { kind: 'unix', path }), {
    message: `metrics.listen unix:${path}: listen EADDRINUSE: address already in use ${path}`,
  });
  t.equal((await ask({ socketPath: path, path: '/healthz' })).status, 200, 'the first still answers');
  const file = `${path}.txt`;
  writeFileSync(file, 'precious');
  await t.rejects(serve(t, { kind: 'unix', path: file }), { code: 'listen' });
  t.equal(statSync(file).size, 8, 'the file is left alone');
});

/** Values of our own metrics by name and labels. */
async function samplesOf(status = statusOf()): Promise<Map<string, string>> {
  const text = await new MetricsPage(() => status).render();
  const samples = text.split('\n').filter((line) => line.startsWith('traffic_mirror_'));
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.split(' ').at(-1) ?? '']));
}

const LANE = 'source="eni-web",direction="ingress"';
const SESSION = `${LANE},session="tms-web"`;

t.test('every count has its name', async (t) => {
  const samples = await samplesOf();
  const wanted = {
    [`traffic_mirror_build_info{version="1.2.3",node="${process.version}"}`]: '1',
    'traffic_mirror_health_state{state="ok"}': '1',
    'traffic_mirror_health_state{state="failing"}': '0',
    [`traffic_mirror_source_state{${LANE},device="eth0",state="capturing"}`]: '1',
    [`traffic_mirror_source_state{${LANE},device="eth0",state="waiting"}`]: '0',
    'traffic_mirror_source_state{source="eni-web",direction="egress",device="eth0",state="waiting"}': '1',
    [`traffic_mirror_source_blind_seconds_total{${LANE}}`]: '1.5',
    [`traffic_mirror_source_lost_total{${LANE}}`]: '2',
    [`traffic_mirror_source_carrier{${LANE}}`]: '1',
    'traffic_mirror_target_state{address="10.9.0.2",state="reachable"}': '1',
    'traffic_mirror_target_state{address="10.9.0.2",state="suspect"}': '0',
    'traffic_mirror_target_state{address="10.9.0.3",state="unreachable"}': '1',
    'traffic_mirror_target_emission{address="10.9.0.2",emission="routed"}': '1',
    'traffic_mirror_target_emission{address="10.9.0.2",emission="xdp"}': '0',
    'traffic_mirror_target_maximum_frame_bytes{address="10.9.0.2"}': '1464',
    'traffic_mirror_session_info{session="tms-web",source="eni-web",session_number="1",virtual_network_id="42",target="tmt-ids"}':
      '1',
    'traffic_mirror_engines{io="ring"}': '1',
    'traffic_mirror_xdp_invalid_descriptors_total{worker="1"}': '3',
    traffic_mirror_engine_restarts_total: '2',
    traffic_mirror_engine_beat_age_seconds: '0.5',
    'traffic_mirror_event_loop_delay_seconds{process="daemon"}': '0.0015',
    'traffic_mirror_event_loop_delay_seconds{process="engine"}': '0.004',
    traffic_mirror_plan_generation: '3',
    'traffic_mirror_reloads_total{result="applied"}': '2',
    'traffic_mirror_reloads_total{result="failed"}': '1',
    traffic_mirror_last_reload_failed: '1',
    traffic_mirror_last_reload_timestamp_seconds: '1767225605.5',
    [`traffic_mirror_captured_packets_total{${LANE}}`]: '100',
    [`traffic_mirror_captured_bytes_total{${LANE}}`]: '64000',
    [`traffic_mirror_unmatched_packets_total{${LANE}}`]: '10',
    [`traffic_mirror_unparsable_packets_total{${LANE}}`]: '1',
    [`traffic_mirror_unmirrored_packets_total{${LANE},type="arp"}`]: '5',
    [`traffic_mirror_unmirrored_packets_total{${LANE},type="ntp"}`]: '4',
    [`traffic_mirror_ring_dropped_packets_total{${LANE}}`]: '4',
    [`traffic_mirror_ring_fill_ratio{${LANE}}`]: '0.25',
    [`traffic_mirror_matched_packets_total{${SESSION}}`]: '80',
    [`traffic_mirror_matched_bytes_total{${SESSION}}`]: '60000',
    [`traffic_mirror_mirrored_packets_total{${SESSION}}`]: '70',
    [`traffic_mirror_mirrored_bytes_total{${SESSION}}`]: '50000',
    [`traffic_mirror_skipped_packets_total{${SESSION},reason="backlog"}`]: '7',
    [`traffic_mirror_skipped_bytes_total{${SESSION},reason="no-route"}`]: '3000',
    [`traffic_mirror_segmented_packets_total{${SESSION}}`]: '6',
    [`traffic_mirror_segments_total{${SESSION}}`]: '18',
    [`traffic_mirror_unsegmented_packets_total{${SESSION}}`]: '2',
    [`traffic_mirror_truncated_packets_total{${SESSION}}`]: '30',
    [`traffic_mirror_cut_packets_total{${SESSION}}`]: '20',
    [`traffic_mirror_fragmented_packets_total{${SESSION}}`]: '7',
    [`traffic_mirror_rule_matched_packets_total{${SESSION},rule="tmfr-http"}`]: '75',
    [`traffic_mirror_rule_matched_packets_total{${SESSION},rule="tmfr-\\"quoted\\"\\\\"}`]: '0',
    [`traffic_mirror_service_matched_packets_total{${SESSION},service="amazon-dns"}`]: '5',
    'traffic_mirror_network_bytes_total{source="eni-web",metric="NetworkMirrorIn"}': '50000',
    'traffic_mirror_network_bytes_total{source="eni-web",metric="NetworkMirrorOut"}': '1',
    'traffic_mirror_network_bytes_total{source="eni-web",metric="NetworkSkipMirrorIn"}': '10000',
    'traffic_mirror_network_bytes_total{source="eni-web",metric="NetworkSkipMirrorOut"}': '2',
    'traffic_mirror_network_packets_total{source="eni-web",metric="NetworkPacketsMirrorIn"}': '70',
    'traffic_mirror_network_packets_total{source="eni-web",metric="NetworkPacketsMirrorOut"}': '3',
    'traffic_mirror_network_packets_total{source="eni-web",metric="NetworkPacketsSkipMirrorIn"}': '14',
    'traffic_mirror_network_packets_total{source="eni-web",metric="NetworkPacketsSkipMirrorOut"}': '4',
  };
  for (const [name, value] of Object.entries(wanted)) t.equal(samples.get(name), value, name);
});

t.test('the histogram adds its buckets up', async (t) => {
  const samples = await samplesOf();
  const bucket = (le: string): number =>
    Number(samples.get(`traffic_mirror_latency_seconds_bucket{${LANE},le="${le}"}`));
  t.same(['0.0002', '0.0005', '0.001', '2', '+Inf'].map(bucket), [0, 1, 3, 3, 4]);
  t.equal(samples.get(`traffic_mirror_latency_seconds_sum{${LANE}}`), '2.5');
  t.equal(samples.get(`traffic_mirror_latency_seconds_count{${LANE}}`), '4');
});

t.test('each page is made from the current status: removed lanes and targets are gone', async (t) => {
  let status = statusOf();
  const page = new MetricsPage(() => status);
  await page.render();
  status = statusOf({ lanes: [laneStatus('egress', { ringDropped: 9 })], targets: [] });
  const text = await page.render();
  t.match(text, '\ntraffic_mirror_ring_dropped_packets_total{source="eni-web",direction="egress"} 9\n');
  t.notMatch(text, `traffic_mirror_ring_dropped_packets_total{${LANE}}`);
  t.notMatch(text, 'traffic_mirror_target_state{');
});

t.test('promtool finds nothing', { skip: skipWithoutTool('promtool') }, async (t) => {
  for (const status of [
    statusOf(),
    statusOf({ engines: [], sources: [], lanes: [], sessions: [], targets: [] }),
  ]) {
    const text = await new MetricsPage(() => status).render();
    t.same(runTool('promtool', ['check', 'metrics'], text), { exitCode: 0, output: '' });
  }
});
