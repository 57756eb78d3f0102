/** What Prometheus reads: every count under its name, in a form that promtool finds nothing wrong with. */
import t from 'tap';
import { MetricsPage } from '../../src/metrics/metrics-page.js';
import { runTool, skipWithoutTool } from '../fixtures/live/oracle/tool.js';
import { laneStatus, statusOf } from '../fixtures/status/status.js';

/** Values of our own metrics by name and labels. */
async function read(status = statusOf()): Promise<Map<string, string>> {
  const text = await new MetricsPage(() => status).render();
  const samples = text.split('\n').filter((line) => line.startsWith('traffic_mirror_'));
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.split(' ').at(-1) ?? '']));
}

const LANE = 'source="eni-web",direction="ingress"';
const SESSION = `${LANE},session="tms-web"`;

t.test('every count has its name', async (t) => {
  const samples = await read();
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
    'traffic_mirror_target_maximum_frame_bytes{address="10.9.0.2"}': '1464',
    'traffic_mirror_session_info{session="tms-web",source="eni-web",session_number="1",virtual_network_id="42",target="tmt-ids"}':
      '1',
    'traffic_mirror_engines{io="ring"}': '1',
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
  const samples = await read();
  const bucket = (le: string): number =>
    Number(samples.get(`traffic_mirror_latency_seconds_bucket{${LANE},le="${le}"}`));
  t.same(['0.0002', '0.0005', '0.001', '2', '+Inf'].map(bucket), [0, 1, 3, 3, 4]);
  t.equal(samples.get(`traffic_mirror_latency_seconds_sum{${LANE}}`), '2.5');
  t.equal(samples.get(`traffic_mirror_latency_seconds_count{${LANE}}`), '4');
});

t.test('each page is made of the status of now, and what is gone is gone', async (t) => {
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
