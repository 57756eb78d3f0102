/** Families of states: daemon, engines, sources, targets. */
import { LANE_STATES } from '../io/lane-condition.js';
import { HEALTH_STATES } from '../status/health.js';
import { TROUBLES } from '../status/source-troubles.js';
import { EMISSION_WAYS, TARGET_STATES } from '../targets/target-states.js';
import { laneLabels } from './count-families.js';
import { type Family, stateSamples } from './family.js';

export const STATE_FAMILIES: readonly Family[] = [
  {
    name: 'traffic_mirror_build_info',
    help: 'Always 1; the versions of traffic-mirror and of Node.js.',
    type: 'gauge',
    labels: ['version', 'node'],
    samples: ({ version }) => [{ labels: { version, node: process.version }, value: 1 }],
  },
  {
    name: 'traffic_mirror_health_state',
    help: '1 for the state that the daemon is in: ok, degraded or failing.',
    type: 'gauge',
    labels: ['state'],
    samples: ({ health }) => stateSamples(HEALTH_STATES, health.state, {}),
  },
  {
    name: 'traffic_mirror_source_state',
    help: '1 for the state that a source is in, by direction; not capturing is blind.',
    type: 'gauge',
    labels: ['source', 'direction', 'device', 'state'],
    samples: ({ lanes }) =>
      lanes.flatMap(({ sourceId, direction, device, state }) =>
        stateSamples(LANE_STATES, state, { source: sourceId, direction, device }),
      ),
  },
  {
    name: 'traffic_mirror_source_blind_seconds_total',
    help: 'How long a source was not captured, by direction.',
    type: 'counter',
    labels: ['source', 'direction'],
    samples: ({ lanes }) => lanes.map((lane) => ({ labels: laneLabels(lane), value: lane.blindSeconds })),
  },
  {
    name: 'traffic_mirror_source_lost_total',
    help: 'How often a source was captured and then was not, by direction.',
    type: 'counter',
    labels: ['source', 'direction'],
    samples: ({ lanes }) => lanes.map((lane) => ({ labels: laneLabels(lane), value: lane.timesLost })),
  },
  {
    name: 'traffic_mirror_source_carrier',
    help: '1 while the device of a source is connected; without carrier there is no traffic.',
    type: 'gauge',
    labels: ['source', 'direction'],
    samples: ({ lanes }) => lanes.map((lane) => ({ labels: laneLabels(lane), value: lane.carrier ? 1 : 0 })),
  },
  {
    name: 'traffic_mirror_source_trouble',
    help: '1 while a source is mirrored in part or late: ring-drops, cuts or behind.',
    type: 'gauge',
    labels: ['source', 'trouble'],
    samples: ({ sources }) =>
      sources.flatMap(({ sourceId, troubles }) =>
        TROUBLES.map((trouble) => ({
          labels: { source: sourceId, trouble },
          value: troubles.includes(trouble) ? 1 : 0,
        })),
      ),
  },
  {
    name: 'traffic_mirror_source_behind_seconds',
    help: 'How late frames of a source left, by direction: the largest latency of a block in the last second or two.',
    type: 'gauge',
    labels: ['source', 'direction'],
    samples: ({ lanes }) => lanes.map((lane) => ({ labels: laneLabels(lane), value: lane.behindSeconds })),
  },
  {
    name: 'traffic_mirror_target_state',
    help: '1 for the state that a target is in, by its address.',
    type: 'gauge',
    labels: ['address', 'state'],
    samples: ({ targets }) =>
      targets.flatMap(({ address, state }) => stateSamples(TARGET_STATES, state, { address })),
  },
  {
    name: 'traffic_mirror_target_emission',
    help: '1 for the way by which copies to a target leave, by its address.',
    type: 'gauge',
    labels: ['address', 'emission'],
    samples: ({ targets }) =>
      targets.flatMap(({ address, emission }) =>
        EMISSION_WAYS.map((way) => ({ labels: { address, emission: way }, value: Number(way === emission) })),
      ),
  },
  {
    name: 'traffic_mirror_target_maximum_frame_bytes',
    help: 'Most bytes of a frame that fit into one outer packet to a target; 0 without a route.',
    type: 'gauge',
    labels: ['address'],
    samples: ({ targets }) =>
      targets.map(({ address, maximumInnerLength }) => ({ labels: { address }, value: maximumInnerLength })),
  },
  {
    name: 'traffic_mirror_session_info',
    help: 'Always 1; what a session is.',
    type: 'gauge',
    labels: ['session', 'source', 'session_number', 'virtual_network_id', 'target'],
    samples: ({ sessions }) =>
      sessions.map(({ sessionId, sourceId, sessionNumber, virtualNetworkId, targetId }) => ({
        labels: {
          session: sessionId,
          source: sourceId,
          session_number: sessionNumber,
          virtual_network_id: virtualNetworkId,
          target: targetId,
        },
        value: 1,
      })),
  },
  {
    name: 'traffic_mirror_selector_matches',
    help: 'Sources that a selector finds.',
    type: 'gauge',
    labels: ['selector'],
    samples: ({ selectors }) =>
      selectors.map(({ selectorId, matches }) => ({ labels: { selector: selectorId }, value: matches })),
  },
  {
    name: 'traffic_mirror_selector_left_out',
    help: 'What fits a selector, and is no source or lacks a session: status says why.',
    type: 'gauge',
    labels: ['selector'],
    samples: ({ selectors }) =>
      selectors.map(({ selectorId, leftOut }) => ({ labels: { selector: selectorId }, value: leftOut })),
  },
  {
    name: 'traffic_mirror_engines',
    help: 'Engine processes that run, by the way frames are captured and sent.',
    type: 'gauge',
    labels: ['io'],
    samples: ({ io, engines }) => [
      { labels: { io }, value: engines.filter(({ pid }) => pid !== null).length },
    ],
  },
  {
    name: 'traffic_mirror_xdp_invalid_descriptors_total',
    help: 'Descriptors of AF_XDP that the kernel threw away, by worker; their copies count as mirrored.',
    type: 'counter',
    labels: ['worker'],
    samples: ({ engines }) =>
      engines.map(({ worker, xdpInvalidDescriptors }) => ({
        labels: { worker },
        value: xdpInvalidDescriptors,
      })),
  },
  {
    name: 'traffic_mirror_engine_restarts_total',
    help: 'How often an engine process ended without being told to, and was started again.',
    type: 'counter',
    labels: [],
    samples: ({ engines }) => [
      { labels: {}, value: engines.reduce((sum, { restarts }) => sum + restarts, 0) },
    ],
  },
  {
    name: 'traffic_mirror_engine_beat_age_seconds',
    help: 'Since the engine whose loop has moved least lately was last seen to move.',
    type: 'gauge',
    labels: [],
    samples: ({ engines }) => [
      { labels: {}, value: Math.max(0, ...engines.map(({ beatAgeMs }) => beatAgeMs / 1000)) },
    ],
  },
  {
    name: 'traffic_mirror_counters_age_seconds',
    help: 'Age of the counters of the engine whose counters are oldest; absent before the first ones.',
    type: 'gauge',
    labels: [],
    samples: ({ engines }) => {
      const ages = engines.flatMap(({ countersAgeMs }) => (countersAgeMs === null ? [] : [countersAgeMs]));
      return ages.length === 0 ? [] : [{ labels: {}, value: Math.max(...ages) / 1000 }];
    },
  },
  {
    name: 'traffic_mirror_event_loop_delay_seconds',
    help: 'How late an event loop comes to what is due: 99th percentile of ten seconds; of the engine that is latest.',
    type: 'gauge',
    labels: ['process'],
    samples: ({ loopDelayMs, engines }) => [
      { labels: { process: 'daemon' }, value: loopDelayMs / 1000 },
      { labels: { process: 'engine' }, value: Math.max(0, ...engines.map((one) => one.loopDelayMs / 1000)) },
    ],
  },
  {
    name: 'traffic_mirror_plan_generation',
    help: 'Of the plan that runs: 1 at the start, one more with each that was applied.',
    type: 'gauge',
    labels: [],
    samples: ({ generation }) => [{ labels: {}, value: generation }],
  },
  {
    name: 'traffic_mirror_reloads_total',
    help: 'Reloads of the configuration file since the start, by result.',
    type: 'counter',
    labels: ['result'],
    samples: ({ reload }) => [
      { labels: { result: 'applied' }, value: reload.succeeded },
      { labels: { result: 'failed' }, value: reload.failed },
    ],
  },
  {
    name: 'traffic_mirror_last_reload_failed',
    help: '1 when the last reload of the configuration file failed, and the plan before goes on.',
    type: 'gauge',
    labels: [],
    samples: ({ reload }) => [{ labels: {}, value: reload.lastResult === 'failed' ? 1 : 0 }],
  },
  {
    name: 'traffic_mirror_last_reload_timestamp_seconds',
    help: 'When the configuration file was reloaded last, with any result; absent before the first.',
    type: 'gauge',
    labels: [],
    samples: ({ reload }) =>
      reload.lastAt === null ? [] : [{ labels: {}, value: Date.parse(reload.lastAt) / 1000 }],
  },
];
