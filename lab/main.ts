/**
 * `npm run lab`: a host, its client and a monitoring target in network namespaces of this machine; real traffic
 * between the first two; what the target gets, decoded; and the sum at the end. With `--console` they go on until Ctrl-C,
 * for whoever opens the console.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { formatLaneCounts } from '../src/cli/status.js';
import { formatReport, type ReceiveReport } from '../src/receive/report.js';
import type { Status } from '../src/status/status.js';
import { type Arrival, endObserver, observe } from './arrivals.js';
import { labConfiguration } from './configuration.js';
import { showConsole, startTrafficServer, TRAFFIC_CLIENT } from './console.js';
import { capturing, startDaemon } from './daemon.js';
import type { Namespace } from './namespaces.js';
import { startPeek } from './peek.js';
import { startReceiver } from './receiver.js';
import { buildTopology } from './topology.js';

/** Counters cross from engine to daemon once a second. */
const SETTLE_MS = 2500;
const INFO_WIDTH = 44;
const PEEKED_LINES = 5;

const hasConsole = readOptions();
if (process.getuid?.() !== 0) {
  console.error('npm run lab builds network namespaces: run it as root');
  process.exit(3);
}

const stateDirectory = mkdtempSync(join(tmpdir(), 'traffic-mirror-lab-'));
process.on('exit', () => rmSync(stateDirectory, { recursive: true, force: true }));
// tshark writes its temporary files there too; it does not remove them when it is interrupted.
process.env.TMPDIR = stateDirectory;
const topology = buildTopology();
// Before the topology's own handler, for which it is an interruption: with the console the lab ends so.
if (hasConsole) process.prependListener('SIGINT', endLab);
try {
  process.exitCode = await (hasConsole ? showConsole(topology, stateDirectory) : mirror());
} finally {
  topology.namespaces.close();
}

function endLab(): never {
  topology.namespaces.close();
  process.exit();
}

async function mirror(): Promise<number> {
  const { client, host, ids } = topology;
  const configFile = labConfiguration(stateDirectory);
  const hostMac = JSON.parse(host.ip('-j', 'link', 'show', 'veth0'))[0].address as string;
  // The first copies arrive before the status names the sessions: they are shown later.
  const early: Arrival[] = [];
  let show = (arrival: Arrival): unknown => early.push(arrival);
  const observer = await observe(ids, 'ids0', (arrival) => show(arrival));
  const receiver = await startReceiver(ids, [
    '--config',
    configFile,
    '-w',
    join(stateDirectory, 'lab.pcapng'),
  ]);
  const daemon = await startDaemon(host, configFile, stateDirectory);
  const status = await daemon.until('capturing', capturing);
  const sessionOf = new Map(status.sessions.map((session) => [session.virtualNetworkId, session.sessionId]));

  console.log(
    `mirroring veth0 (10.1.0.1, fd00:1::1) to 10.9.0.2, ${status.io} I/O, ${status.sessions.length} sessions; arriving:\n`,
  );
  show = (arrival) => console.log(describe(arrival, sessionOf, hostMac));
  early.forEach(show);
  const peek = await startPeek(configFile);
  await makeTraffic(client, host);
  // The client's IPv6 stack may send at any time. It is silenced, so that the counts can catch up with the packets.
  client.ip('link', 'set', 'veth1', 'down');
  await sleep(SETTLE_MS);
  await endObserver(observer);
  const peeked = await peek.end();
  console.log('\nthe last of them as `traffic-mirror peek` shows them at the host:\n');
  for (const line of peeked.lines.slice(-PEEKED_LINES)) console.log(line);
  console.log(peeked.summary);
  const final = await daemon.status();
  const exitCode = await daemon.stop();
  const received = await receiver.end();
  return summarise(final, observer.count(), received, exitCode);
}

/** @returns whether the console is wanted. */
function readOptions(): boolean {
  try {
    return parseArgs({ options: { console: { type: 'boolean' } } }).values.console === true;
  } catch (error) {
    console.error(`${(error as Error).message}\nusage: npm run lab [-- --console]`);
    process.exit(2);
  }
}

async function makeTraffic(client: Namespace, host: Namespace): Promise<void> {
  const server = await startTrafficServer(host);
  client.run(process.execPath, TRAFFIC_CLIENT);
  client.run('ping', '-c', '2', '-i', '0.2', '10.1.0.1');
  host.run('ping', '-c', '2', '-i', '0.2', 'fd00:1::2');
  server.kill();
}

function describe(arrival: Arrival, sessionOf: ReadonlyMap<number, string>, hostMac: string): string {
  const { vni, sourceMac, from, to, protocol, info, length, originalLength } = arrival;
  const direction = sourceMac === hostMac ? 'egress ' : 'ingress';
  const size = length < originalLength ? `${length} of ${originalLength} bytes` : `${length} bytes`;
  const session = `VNI ${vni} ${sessionOf.get(vni) ?? '?'}`.padEnd(18);
  const what = `${protocol} ${info}`.slice(0, INFO_WIDTH).padEnd(INFO_WIDTH);
  return `${session} ${direction} ${`${from} > ${to}`.padEnd(24)} ${what} ${size}`;
}

/** @returns the exit code: 0 when everything adds up. */
function summarise(
  { lanes }: Status,
  arrived: number,
  received: ReceiveReport,
  daemonExitCode: number | null,
): number {
  const sessions = lanes.flatMap((lane) => lane.sessions);
  const matched = sum(sessions.map((session) => session.matched.packets));
  const mirrored = sum(sessions.map((session) => session.mirrored.packets));
  const skipped = sum(
    sessions.flatMap((session) => Object.values(session.skipped).map((amount) => amount?.packets ?? 0)),
  );
  console.log('');
  for (const lane of lanes) console.log([`veth0 ${lane.direction}`, ...formatLaneCounts(lane)].join('\n'));
  const told = formatReport(received).map((line) => `  ${line}`);
  console.log(['\ntraffic-mirror receive, at the target', ...told].join('\n'));
  const good =
    mirrored > 0 &&
    matched === mirrored + skipped &&
    arrived === mirrored &&
    received.written?.packets === mirrored &&
    daemonExitCode === 0 &&
    lanes.every((lane) => lane.read.packets === accounted(lane));
  console.log(
    `\nmatched ${matched} = mirrored ${mirrored} + skipped ${skipped}; arrived at the target ${arrived}: ` +
      (good ? 'everything adds up' : 'this does not add up'),
  );
  return good ? 0 : 1;
}

function accounted(lane: Status['lanes'][number]): number {
  return (
    lane.unmatched +
    lane.unparsable +
    sum(Object.values(lane.unmirrored)) +
    sum(lane.sessions.map((session) => session.matched.packets))
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
