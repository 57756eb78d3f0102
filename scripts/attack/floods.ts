/** Clients that ask much and read nothing, on each of the daemon's sockets, beside a load of frames. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attack, Faults, type Outcome } from './attack.js';
import { Ec2User, type Endpoint, formOf, type HttpRequest, signedPost } from './client.js';
import { ADMIN, API, DESCRIBER, METRICS } from './configuration.js';
import { judge, SilentReaders, statusEndpoint, stopUnder, watch } from './flood.js';
import type { AttackStand } from './stand.js';

/** So that a page of metrics and a list have some hundred kilobytes. */
const SESSIONS = 60;
const STEP_MS = 100;
const SECOND_MS = 1000;

/** What one attacker does with a socket of the daemon. */
interface Flood {
  readonly by: Attack['by'];
  readonly endpoint: (stand: AttackStand) => Endpoint;
  readonly connections: number;
  /** What each sends as soon as it is open. */
  readonly text: () => string;
  /** What each sends ten times a second from then on. */
  readonly drop?: string;
  /** Left out of `npm test`: others of its kind are there. */
  readonly isLong?: boolean;
}

const metrics = (): Endpoint => METRICS;
const api = (): Endpoint => API;

export const FLOODS: readonly Attack[] = [
  flood('metrics-unread', '30 connections with 1,900 GETs of the metrics page each, never read', {
    by: 'user',
    endpoint: metrics,
    connections: 30,
    text: () => 'GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(1900),
  }),
  flood('answers-unread', '100 connections with 40 signed Describes each, never read', {
    by: 'client',
    endpoint: api,
    connections: 100,
    text: () => textOf(signedPost(DESCRIBER, 'ec2', formOf('DescribeTrafficMirrorSessions', {}))).repeat(40),
  }),
  flood('status-unread', '200 connections with 500 GETs of the status each, never read', {
    by: 'user',
    endpoint: statusEndpoint,
    connections: 200,
    text: () => 'GET /status HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(500),
  }),
  flood('slow-heads', '1,000 connections to the API, each with a head that never ends', {
    by: 'client',
    endpoint: api,
    connections: 1000,
    text: () => 'POST / HTTP/1.1\r\nhost: a\r\n',
    drop: 'x: 1\r\n',
  }),
  flood('slow-bodies', '1,000 connections to the API, each with a signed body that never ends', {
    by: 'client',
    endpoint: api,
    connections: 1000,
    text: slowBody,
    isLong: true,
    drop: 'a'.repeat(200),
  }),
  flood('slow-status', '200 connections to the status socket, and heads that never end', {
    isLong: true,
    by: 'user',
    endpoint: statusEndpoint,
    connections: 200,
    text: () => 'GET /status HTTP/1.1\r\nhost: a\r\n',
    drop: 'x: 1\r\n',
  }),
];

function flood(name: string, title: string, what: Flood): Attack {
  return {
    name,
    title,
    by: what.by,
    limitSeconds: { full: 90, ...(what.isLong !== true && { quick: 60 }) },
    run: (stand) => runFlood(stand, what),
  };
}

async function runFlood(stand: AttackStand, { endpoint, connections, text, drop }: Flood): Promise<Outcome> {
  const faults = new Faults();
  const daemon = await stand.start(stand.configure({ absentSessions: SESSIONS }));
  const readers = new SilentReaders();
  const seconds = stand.bySize(8, 2);
  let served = 0;
  const watched = await watch(stand, daemon, seconds, async () => {
    const honest = askHonestly(seconds, faults);
    const place = endpoint(stand);
    const count = stand.bySize(connections, Math.ceil(connections / 5));
    const sockets = await Promise.all(Array.from({ length: count }, () => readers.open(place, text())));
    const dripping = setInterval(() => {
      if (drop !== undefined) for (const socket of sockets) if (socket.writable) socket.write(drop);
    }, STEP_MS);
    served = await honest;
    clearInterval(dripping);
  });
  const seen = judge(stand, faults, watched);
  const stopped = await stopUnder(stand, daemon, faults);
  readers.close();
  return faults.outcome(
    `${seen}; ${served} honest calls served; ${readers.closed} connections closed; ${stopped}`,
  );
}

/** Who behaves is served all the while. @returns how many calls were */
async function askHonestly(seconds: number, faults: Faults): Promise<number> {
  const user = new Ec2User(ADMIN);
  const end = performance.now() + seconds * SECOND_MS;
  let served = 0;
  while (performance.now() < end) {
    const status = await user.call('DescribeTrafficMirrorTargets').then(
      (answer) => answer.status,
      (error: Error) => error.message,
    );
    if (faults.require(status === 200, `an honest call was answered with ${status}`)) served += 1;
    await sleep(STEP_MS * 2);
  }
  user.close();
  return served;
}

/** On the wire. */
function textOf({ method, target, headers, body }: HttpRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** A request whose head is good, so that its body is taken, and is waited for. */
function slowBody(): string {
  return textOf(signedPost(ADMIN, 'ec2', 'a')).replace(
    'content-length: 1\r\n\r\na',
    'content-length: 1000000\r\n\r\n',
  );
}
