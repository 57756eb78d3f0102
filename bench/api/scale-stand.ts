/** A daemon whose inventory is large enough for all the sessions that an account may have, and a client of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type AgentOptions } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { type Daemon, startDaemon } from '../../lab/daemon.js';
import { Namespaces } from '../../lab/namespaces.js';

const SESSIONS_PER_INTERFACE = 3;
const LOAD_BALANCER = 'nlb-ids';
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'examplesecret' };

export class ScaleStand {
  readonly client: EC2Client;
  readonly loadBalancer = LOAD_BALANCER;
  readonly #namespaces = new Namespaces();
  readonly #host = this.#namespaces.add('host');
  readonly #directory = mkdtempSync(join(tmpdir(), 'api-scale-'));
  readonly #interfaces: number;

  /** @param count how many of each kind there may be */
  constructor(count: number) {
    this.#interfaces = Math.ceil(count / SESSIONS_PER_INTERFACE);
    const socketPath = join(this.#directory, 'api.sock');
    this.client = new EC2Client({
      region: 'us-east-1',
      endpoint: 'http://localhost',
      credentials: CREDENTIALS,
      // Node's agents hand their options on to each connection, this one too, which their types do not have.
      requestHandler: { httpAgent: new Agent({ socketPath, keepAlive: true } as AgentOptions) },
    });
    const sections = configuration(count, this.#interfaces, socketPath, this.#directory);
    writeFileSync(this.#configFile, JSON.stringify(sections), { mode: 0o600 });
  }

  /** Resolves as soon as the process is there, not when it answers. */
  start(): Promise<Daemon> {
    return startDaemon(this.#host, this.#configFile, this.#directory);
  }

  /** Where a session goes, so that every interface gets as many as it may have. */
  placeOf(session: number): { NetworkInterfaceId: string; SessionNumber: number } {
    return {
      NetworkInterfaceId: `eni-${session % this.#interfaces}`,
      SessionNumber: 1 + Math.floor(session / this.#interfaces),
    };
  }

  close(): void {
    this.client.destroy();
    this.#namespaces.close();
    rmSync(this.#directory, { recursive: true });
  }

  get #configFile(): string {
    return join(this.#directory, 'config.json');
  }
}

/** Sources whose devices are not there: what is measured is what the daemon does, not frames. */
function configuration(count: number, interfaces: number, socketPath: string, directory: string): object {
  const statement = { Effect: 'Allow', Action: 'ec2:*', Resource: '*' };
  const policy = { Version: '2012-10-17', Statement: [statement] };
  return {
    networkInterfaces: Array.from({ length: interfaces }, (_, index) => ({
      networkInterfaceId: `eni-${index}`,
      device: `absent${index}`,
    })),
    networkLoadBalancers: [{ networkLoadBalancerArn: LOAD_BALANCER, targets: ['10.9.0.2'] }],
    quotas: { targets: count, filters: count, sessions: count },
    engine: { io: 'ring' },
    state: { directory },
    api: {
      listen: `unix:${socketPath}`,
      accounts: [
        { accountId: '111122223333', users: [{ userName: 'bench', ...CREDENTIALS, policies: [policy] }] },
      ],
    },
  };
}
