/** A flood beside a light load of frames: what it does to the daemon's memory, its status, its frames and its end. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Daemon } from '../../lab/daemon.js';
import type { Faults } from './attack.js';
import type { Endpoint } from './client.js';
import { type Carried, Load } from './load.js';
import type { Probed } from './probe.js';
import type { AttackStand, Status } from './stand.js';

const PROBE = fileURLToPath(new URL('./probe.js', import.meta.url));
const MEGABYTE = 1e6;
const RESIDENT_LIMIT_BYTES = 250 * MEGABYTE;
/** Beside other tests only a daemon that is stuck can be told from a machine that is busy. */
const STATUS_LIMIT_MS = { full: 100, quick: 1000 } as const;
const STOP_LIMIT_MS = { full: 5000, quick: 10_000 } as const;
const KILL_AFTER_MS = 15_000;

/** What was seen while something went on. */
export interface Watched {
  readonly probed: Probed;
  readonly carried: Carried;
  /** Where frames were lost: the daemon's counts as JSON. */
  readonly where: string;
}

/**
 * Runs an attack beside a load of so many seconds, and watches.
 * @param act begins at once; when it takes longer than the load, its end is waited for
 */
export async function watch(
  stand: AttackStand,
  daemon: Daemon,
  seconds: number,
  act: () => Promise<void>,
): Promise<Watched> {
  const probe = await startProbe(stand, daemon);
  const load = new Load(stand, seconds);
  const acting = act();
  // Both are waited for, so that neither is left behind when the other fails.
  const [carried, acted] = await Promise.allSettled([load.end(), acting]);
  const probed = await probe.end();
  if (acted.status === 'rejected') throw acted.reason;
  if (carried.status === 'rejected') throw carried.reason;
  const isLost = carried.value.arrived !== carried.value.sent;
  const where = isLost ? await daemon.status().then(whereLost, String) : '';
  return { probed, carried: carried.value, where };
}

/** Requires what must hold of every daemon under every flood. @returns it as text */
export function judge(stand: AttackStand, faults: Faults, { probed, carried, where }: Watched): string {
  const { residentBytes, slowestMs, unanswered, asked, ownDelayMs } = probed;
  const statusLimitMs = STATUS_LIMIT_MS[stand.size];
  const megabytes = Math.round(residentBytes / MEGABYTE);
  const slowest = Math.round(slowestMs);
  faults.require(residentBytes < RESIDENT_LIMIT_BYTES, `${megabytes} MB are resident, 250 MB may be`);
  faults.require(
    slowestMs <= statusLimitMs,
    `status answered after ${slowest} ms, ${statusLimitMs} ms it may take`,
  );
  faults.require(asked > 0 && unanswered === 0, `status did not answer ${unanswered} of ${asked} times`);
  faults.require(
    carried.sent > 0 && carried.arrived === carried.sent,
    `of ${carried.sent} frames ${carried.arrived} copies arrived; ${where}`,
  );
  const own = Math.round(ownDelayMs);
  return (
    `resident at most ${megabytes} MB; status ${asked} times, at most ${slowest} ms (the machine adds up to ${own}); ` +
    `${carried.arrived} copies of ${carried.sent} frames`
  );
}

/** Ends the daemon by SIGTERM; what is connected stays. @returns what it took, as text */
export async function stopUnder(stand: AttackStand, daemon: Daemon, faults: Faults): Promise<string> {
  const started = performance.now();
  const stopped = daemon.stop();
  const code = await Promise.race([stopped, sleep(KILL_AFTER_MS, 'late' as const, { ref: false })]);
  const ms = Math.round(performance.now() - started);
  if (code === 'late') daemon.process.kill('SIGKILL');
  const limitMs = STOP_LIMIT_MS[stand.size];
  faults.require(ms <= limitMs, `SIGTERM took ${ms} ms, ${limitMs} ms it may take`);
  faults.require(code === 0, `the daemon ended with ${code}`);
  return `SIGTERM ${ms} ms`;
}

/** Connections of an attacker who sends and never reads. */
export class SilentReaders {
  readonly #sockets: Socket[] = [];
  #closed = 0;

  /** How many the daemon closed, or refused. */
  get closed(): number {
    return this.#closed;
  }

  /** Opens a connection and sends; resolves when it is open, or refused. */
  async open(endpoint: Endpoint, text: string): Promise<Socket> {
    const socket =
      endpoint.socketPath === undefined
        ? connect({ host: endpoint.host ?? '', port: endpoint.port ?? 0 })
        : connect(endpoint.socketPath);
    this.#sockets.push(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#closed += 1;
    });
    // What arrives stays in the kernel's buffers.
    socket.pause();
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {});
    socket.write(text);
    return socket;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** The daemon's status socket. */
export function statusEndpoint(stand: AttackStand): Endpoint {
  return { socketPath: join(stand.stateDirectory, 'status.sock') };
}

function whereLost({ lanes }: Status): string {
  const told = lanes.filter(({ read }) => read.packets > 0);
  return JSON.stringify(
    told.map(({ read, ringDropped, unmatched, unmirrored, sessions }) => ({
      read: read.packets,
      ringDropped,
      unmatched,
      unmirrored,
      skipped: sessions.map(({ skipped }) => skipped),
    })),
  );
}

async function startProbe(stand: AttackStand, daemon: Daemon): Promise<{ end(): Promise<Probed> }> {
  const args = [PROBE, statusEndpoint(stand).socketPath ?? '', String(daemon.process.pid)];
  const probe = stand.host.spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const { stdin, stdout } = probe;
  if (stdin === null || stdout === null) throw new Error('the probe has no pipes');
  const lines: string[] = [];
  const input = createInterface({ input: stdout });
  input.on('line', (line) => lines.push(line));
  await once(input, 'line');
  const closed = once(probe, 'close');
  return {
    async end() {
      stdin.end();
      await closed;
      return JSON.parse(lines.at(-1) ?? '') as Probed;
    },
  };
}
