/**
 * `npm run lab -- --console`: the hosts of the lab with traffic that goes on, and the console for whoever is at this
 * machine, until Ctrl-C.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { labConfiguration } from './configuration.js';
import { capturing, type Daemon, startDaemon } from './daemon.js';
import type { Namespace } from './namespaces.js';
import { startReceiver } from './receiver.js';
import type { Topology } from './topology.js';
import { openWayIn } from './way-in.js';

const API_PORT = 8780;
/** Of random bytes: 20 characters with AKIA before them, and 40, as AWS's keys have. */
const KEY_ID_BYTES = 8;
const SECRET_BYTES = 30;
const PAUSE_MS = 500;

interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What is to be looked at. */
export interface ConsoleLab {
  readonly key: KeyPair;
  /** Of 127.0.0.1 in the namespace of the host. */
  readonly hostPort: number;
  /** Of 127.0.0.1 on this machine. */
  readonly port: number;
  /** Rejects when a part of the lab ends before its time. */
  readonly failed: Promise<never>;
}

/** Resolves when the daemon mirrors and the console is there. It ends with the topology. */
export async function startConsoleLab(
  { client, host, ids }: Topology,
  directory: string,
): Promise<ConsoleLab> {
  const key = makeKeyPair();
  const configFile = labConfiguration(directory, { api: apiSection(key) });
  await startReceiver(ids, ['--config', configFile]);
  const daemon = await startDaemon(host, configFile, directory);
  await daemon.until('capturing', capturing);
  const { port } = await openWayIn(host, API_PORT);
  const server = await startTrafficServer(host);
  const failed = Promise.race([
    keepTraffic(client, host),
    failure('the traffic server', once(server, 'exit')),
    endOf(daemon),
  ]);
  // Whoever waits for something else meanwhile looks at it later.
  failed.catch(() => {});
  return { key, hostPort: API_PORT, port, failed };
}

/** Says where the console is, and goes on until the process is told to end. @throws Error as `failed` does (rejects) */
export async function showConsole(topology: Topology, directory: string): Promise<never> {
  const { key, port, failed } = await startConsoleLab(topology, directory);
  console.log(
    [
      '',
      `  console            http://127.0.0.1:${port}/console/`,
      `  Access key ID      ${key.accessKeyId}`,
      `  Secret access key  ${key.secretAccessKey}`,
      '',
      `The key is of this run. The AWS command reaches the API with --endpoint-url http://127.0.0.1:${port}`,
      'and the region us-east-1. HTTP, DNS and pings go past the source veth0 until Ctrl-C.',
    ].join('\n'),
  );
  return failed;
}

/** The workload of the lab. Resolves when it listens; it ends with its namespace. */
export async function startTrafficServer(host: Namespace) {
  const server = host.spawn(process.execPath, [script('traffic-server.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (server.stdout !== null) await once(server.stdout, 'data');
  return server;
}

/** The user of the lab: a few requests. @throws Error with what it complained of */
export const TRAFFIC_CLIENT = script('traffic-client.js');

function script(name: string): string {
  return fileURLToPath(new URL(`./${name}`, import.meta.url));
}

function makeKeyPair(): KeyPair {
  return {
    accessKeyId: `AKIA${randomBytes(KEY_ID_BYTES).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(SECRET_BYTES).toString('base64'),
  };
}

/** Of one account and one user, who may do everything. */
function apiSection(key: KeyPair): object {
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const user = { userName: 'lab', ...key, policies: [everything] };
  return { listen: `127.0.0.1:${API_PORT}`, accounts: [{ accountId: '111122223333', users: [user] }] };
}

async function keepTraffic(client: Namespace, host: Namespace): Promise<never> {
  for (;;) {
    const asking = client.spawn(process.execPath, [TRAFFIC_CLIENT], { stdio: 'ignore' });
    const pinging = host.spawn('ping', ['-c', '1', '-W', '1', '10.1.0.2'], { stdio: 'ignore' });
    await Promise.all([once(asking, 'exit'), once(pinging, 'exit')]);
    await sleep(PAUSE_MS);
  }
}

async function endOf(daemon: Daemon): Promise<never> {
  return failure(`the daemon\n${daemon.log()}`, daemon.ended);
}

async function failure(what: string, end: Promise<unknown>): Promise<never> {
  await end;
  throw new Error(`ended before its time: ${what}`);
}
