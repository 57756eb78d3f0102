/** Signals by which Node.js opens a debugger, or ends, to the daemon and to its engine. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attack, Faults, type Outcome } from './attack.js';
import { API, METRICS } from './configuration.js';
import { judge, watch } from './flood.js';
import type { AttackStand } from './stand.js';

export const SIGNALS: Attack = {
  name: 'signals',
  title: 'SIGUSR1 and SIGUSR2, again and again, to daemon and engine under load',
  by: 'user',
  limitSeconds: { full: 60, quick: 40 },
  run: signalBoth,
};

const SIGNAL_NAMES = ['SIGUSR1', 'SIGUSR2'] as const;
const PAUSE_MS = 50;
/** proc(5), net/tcp: the state of a socket that listens. */
const LISTENING = '0A';

async function signalBoth(stand: AttackStand): Promise<Outcome> {
  const faults = new Faults();
  const daemon = await stand.start(stand.configure());
  const before = await daemon.status();
  const engines = before.engines.flatMap(({ pid }) => pid ?? []);
  const pids = [before.pid, ...engines];
  const rounds = stand.bySize(40, 10);
  let opened: number[] = [];
  const watched = await watch(stand, daemon, stand.bySize(5, 3), async () => {
    for (let round = 0; round < rounds; round++) {
      for (const signal of SIGNAL_NAMES) for (const pid of pids) send(pid, signal, faults);
      await sleep(PAUSE_MS);
    }
    opened = listeningPorts().filter((port) => port !== API.port && port !== METRICS.port);
  });
  faults.require(opened.length === 0, `ports ${opened.join()} listen that are not configured`);
  const after = await daemon.status().catch(() => undefined);
  const same = after?.pid === before.pid && engines.join() === after?.engines.map(({ pid }) => pid).join();
  faults.require(same, 'daemon or engine are not the ones that were signalled');
  faults.require(after?.engines.every(({ restarts }) => restarts === 0) === true, 'an engine was restarted');
  const seen = judge(stand, faults, watched);
  faults.require((await daemon.stop()) === 0, 'the daemon did not end well');
  return faults.outcome(
    `${rounds * SIGNAL_NAMES.length} signals to each of ${pids.length} processes; ${seen}`,
  );
}

function send(pid: number, signal: NodeJS.Signals, faults: Faults): void {
  try {
    process.kill(pid, signal);
  } catch {
    faults.add(`process ${pid} is gone before ${signal}`);
  }
}

/** The TCP ports that are listened on in this network namespace, over IPv4 and IPv6. */
function listeningPorts(): number[] {
  return ['tcp', 'tcp6'].flatMap((table) => {
    const rows = readFileSync(`/proc/thread-self/net/${table}`, 'utf8').trim().split('\n').slice(1);
    return rows.flatMap((row) => {
      const [, local = '', , state] = row.trim().split(/\s+/);
      return state === LISTENING ? [Number.parseInt(local.split(':').at(-1) ?? '', 16)] : [];
    });
  });
}
