/** Metrics and health of a real daemon: what moved is what is told, and blind is never ok. */
import { spawnSync } from 'node:child_process';
import t, { type Test } from 'tap';
import { sessionSum } from '../fixtures/live/daemon/accounts.js';
import { COMMAND } from '../fixtures/live/daemon/command.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { askMetrics, METRICS_LISTEN } from '../fixtures/live/daemon/metrics-page.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { runTool, skipWithoutTool } from '../fixtures/live/oracle/tool.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';

const PINGS = 20;

/** The sum over all samples of a name whose labels hold some text. */
function sum(page: string, name: string, ...labels: readonly string[]): number {
  return page
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
    .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
}

async function mirrorPings(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t);
  const sections = {
    ...mirrorEverything('veth0', 5),
    engine: ENGINES[io],
    metrics: { listen: METRICS_LISTEN },
  };
  const daemon = await stand.start(stand.configure(sections));
  stand.client.run('ping', '-c', String(PINGS), '-i', '0.05', '10.1.0.1');
  await daemon.until('every ping mirrored', (now) => sessionSum(now, 'mirrored') >= 2 * PINGS);
  const { code, body } = askMetrics(stand, '/metrics');
  t.equal(code, 200);
  const told = {
    matched: sum(body, 'traffic_mirror_matched_packets_total'),
    mirrored: sum(body, 'traffic_mirror_mirrored_packets_total', 'direction="ingress"'),
    byRule: sum(body, 'traffic_mirror_rule_matched_packets_total', 'rule="tmf-everything/ingress/10"'),
    byOtherRule: sum(body, 'traffic_mirror_rule_matched_packets_total', '/20"'),
    bytesIn: sum(body, 'traffic_mirror_network_bytes_total', '"NetworkMirrorIn"'),
    packetsOut: sum(body, 'traffic_mirror_network_packets_total', '"NetworkPacketsMirrorOut"'),
  };
  t.strictSame(told, {
    matched: 2 * PINGS,
    mirrored: PINGS,
    byRule: PINGS,
    byOtherRule: 0,
    bytesIn: PINGS * (14 + 20 + 8 + 56),
    packetsOut: PINGS,
  });
  const blocks = sum(body, 'traffic_mirror_latency_seconds_count');
  const fast = sum(body, 'traffic_mirror_latency_seconds_bucket', 'le="0.5"');
  if (io === 'ring') {
    t.ok(blocks > 0 && blocks <= 2 * PINGS, `${blocks} blocks`);
    t.ok(fast > 0, 'most of them in less than half a second');
  } else t.equal(blocks, 0, 'no timestamps');
  if (skipWithoutTool('promtool') === false) {
    t.same(runTool('promtool', ['check', 'metrics'], body), { exitCode: 0, output: '' });
  }
  await goBlind(t, stand);
  t.equal(await daemon.stop(), 0, 'exit code');
}

async function goBlind(t: Test, stand: Stand): Promise<void> {
  const healthy = askMetrics(stand, '/healthz');
  t.same([healthy.code, JSON.parse(healthy.body)], [200, { state: 'ok', reasons: [], notes: [] }]);
  stand.host.ip('link', 'set', 'veth0', 'down');
  const deadline = performance.now() + 5000;
  while (askMetrics(stand, '/healthz').code === 200 && performance.now() < deadline);
  const { code, body } = askMetrics(stand, '/healthz');
  t.equal(code, 503, 'blind');
  const { state, reasons } = JSON.parse(body) as { state: string; reasons: string[] };
  t.equal(state, 'failing');
  // Of libpcap I/O the engines may have ended with the device.
  t.ok(
    reasons.some((reason) => reason.startsWith('source eni-source ')),
    `reasons: ${reasons.join('; ')}`,
  );
  t.ok(sum(askMetrics(stand, '/metrics').body, 'traffic_mirror_source_state', 'state="waiting"') > 0);
}

async function takenPort(t: Test): Promise<void> {
  const stand = buildStand(t);
  const config = stand.configure({ ...mirrorEverything('veth0', 5), metrics: { listen: METRICS_LISTEN } });
  const daemon = await stand.start(config);
  const other = `${t.testdir({ state: {} })}/state`;
  const second = spawnSync(
    'ip',
    [
      ...['netns', 'exec', stand.host.name, 'sh', '-c'],
      `sed 's|${stand.directory}"|${other}"|' '${config}' > '${other}/c.json' && exec '${process.execPath}' '${COMMAND}' run --config '${other}/c.json'`,
    ],
    { encoding: 'utf8' },
  );
  t.equal(second.status, 1, 'exit code');
  t.equal(
    second.stderr,
    `metrics.listen ${METRICS_LISTEN}: listen EADDRINUSE: address already in use ${METRICS_LISTEN}\n`,
    'one clear line',
  );
  t.equal(await daemon.stop(), 0, 'exit code of the first');
}

for (const io of IO_PATHS) {
  const skip = skipUnless('curl', 'ping') || skipIo(io);
  t.test(`metrics and health, ${io}`, { skip }, (t) => mirrorPings(t, io));
}
t.test('a port that is taken', { skip: skipUnless() }, takenPort);
