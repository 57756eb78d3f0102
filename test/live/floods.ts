/**
 * Clients that ask for much and read nothing, on each of the daemon's sockets: its memory stays small, `status` is
 * answered at once, no frame is lost, and it ends when it is told to.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { statusSocketPath } from '../../src/status/status-server.js';
import { INVENTORY, startControlApi } from '../fixtures/live/daemon/control-api.js';
import { residentBytes } from '../fixtures/live/daemon/processes.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { deviceCounter, Load } from '../fixtures/live/traffic/load.js';

const RATE = 1000;
const LOAD_SECONDS = 30;
const FLOOD_MS = 2500;
const POLL_MS = 20;
const MEBIBYTE = 2 ** 20;
const MEMORY_LIMIT_MEBIBYTES = 250;
const STATUS_LIMIT_MS = 100;
/** On a machine that has much else to do, single answers are late whatever the daemon does. */
const WORST_STATUS_LIMIT_MS = 1000;
/** Longest stop of the daemon: its servers close within a second, and the engine ends meanwhile. */
const STOP_LIMIT_MS = 4000;
const FILTERS = 3000;
const FILTER_VALUES = 200;
const ANY = { sourceCidrBlock: '0.0.0.0/0', destinationCidrBlock: '0.0.0.0/0' };

interface Flood {
  readonly name: string;
  readonly path: string;
  readonly connections: number;
  readonly text: string;
}

function get(url: string): string {
  return `GET ${url} HTTP/1.1\r\nhost: a\r\n\r\n`;
}

/** On the unix socket nobody signs. */
function post(parameters: Readonly<Record<string, string>>): string {
  const body = new URLSearchParams({ Version: '2016-11-15', ...parameters }).toString();
  return `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** A Describe of filters with values that almost fit: all of the filters' descriptions end in `a`. */
function hostileDescribe(): string {
  const values = Array.from({ length: FILTER_VALUES }, (_, index) => [
    `Filter.1.Value.${index + 1}`,
    `*${'a'.repeat(120)}b${index}`,
  ]);
  return post({
    Action: 'DescribeTrafficMirrorFilters',
    'Filter.1.Name': 'description',
    ...Object.fromEntries(values),
  });
}

t.test('floods', { skip: skipUnless('nft') }, async (t) => {
  const stand = buildStand(t, { silentTarget: true });
  const metrics = `${stand.directory}/metrics.sock`;
  const filters = Array.from({ length: FILTERS }, (_, index) => ({
    trafficMirrorFilterId: `tmf-${index}`,
    description: 'a'.repeat(255),
  }));
  const { daemon, socket: api } = await startControlApi(t, stand, {
    ...INVENTORY,
    trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-ids', networkInterfaceId: 'eni-ids' }],
    trafficMirrorFilters: [
      ...filters,
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
    metrics: { listen: `unix:${metrics}` },
  });
  await daemon.until('capturing', ({ lanes }) => lanes.every(({ state }) => state === 'capturing'));
  const pid = daemon.process.pid ?? 0;
  const start = deviceCounter(stand.ids, 'ids0', 'rx_packets');
  const load = new Load(stand, LOAD_SECONDS, RATE);
  t.teardown(() => load.stop());

  const floods: readonly Flood[] = [
    {
      name: 'filters that take long',
      path: api,
      connections: 30,
      text: hostileDescribe().repeat(10),
    },
    {
      name: 'pages of resources',
      path: api,
      connections: 100,
      text: post({ Action: 'DescribeTrafficMirrorFilters' }).repeat(17),
    },
    {
      name: 'far ahead',
      path: api,
      connections: 100,
      text: post({ Action: 'DescribeTrafficMirrorFilters' }).repeat(40),
    },
    { name: 'metrics', path: metrics, connections: 30, text: get('/metrics').repeat(17) },
    { name: 'metrics far ahead', path: metrics, connections: 30, text: get('/metrics').repeat(1900) },
    { name: 'health', path: metrics, connections: 30, text: get('/healthz').repeat(17) },
    {
      name: 'status',
      path: statusSocketPath(stand.directory),
      connections: 30,
      text: get('/status').repeat(17),
    },
  ];
  t.comment(`${Math.round(residentBytes(pid) / MEBIBYTE)} MiB before`);
  for (const flood of floods) {
    const end = openAll(flood);
    const times: number[] = [];
    let memory = 0;
    for (const until = performance.now() + FLOOD_MS; performance.now() < until; await sleep(POLL_MS)) {
      memory = Math.max(memory, residentBytes(pid) / MEBIBYTE);
      const asked = performance.now();
      await daemon.status();
      times.push(performance.now() - asked);
    }
    end();
    times.sort((a, b) => a - b);
    const [median = 0, worst = 0] = [times[times.length >> 1], times.at(-1)];
    const figures = `${Math.round(memory)} MiB, status in ${median.toFixed(1)} ms, ${worst.toFixed(1)} ms at most`;
    t.ok(memory < MEMORY_LIMIT_MEBIBYTES, `${flood.name}: ${figures}`);
    t.ok(median < STATUS_LIMIT_MS && worst < WORST_STATUS_LIMIT_MS, `${flood.name}: status`);
  }
  const { sent } = await load.end();
  await daemon.until('every frame', () => deviceCounter(stand.ids, 'ids0', 'rx_packets') - start >= sent);
  t.equal(deviceCounter(stand.ids, 'ids0', 'rx_packets') - start, sent, 'every frame was mirrored, once');
  t.equal((await daemon.status()).engines[0]?.restarts, 0);

  const ends = floods.map(openAll);
  await sleep(500);
  const stopped = performance.now();
  t.equal(await daemon.stop(), 0, 'exit code');
  const tookMs = performance.now() - stopped;
  t.ok(tookMs < STOP_LIMIT_MS, `ends in ${Math.round(tookMs)} ms`);
  for (const end of ends) end();
});

/** Opens connections that send and never read. @returns what closes them. */
function openAll({ path, connections, text }: Flood): () => void {
  const sockets: Socket[] = Array.from({ length: connections }, () => {
    const socket = connect(path);
    socket.on('error', () => {});
    socket.pause();
    socket.write(text);
    return socket;
  });
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}
