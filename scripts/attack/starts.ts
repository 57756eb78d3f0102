/** Many daemons started at once on one state directory: never do two run, and what was acknowledged is kept. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Attack, Faults, type Outcome } from './attack.js';
import { type Answer, type Endpoint, formOf, itemsOf, readAnswer, send } from './client.js';
import { accounts } from './configuration.js';
import type { AttackStand } from './stand.js';

export const STARTS: Attack = {
  name: 'starts',
  title:
    'simultaneous starts on one state directory, behind a daemon that was killed, and beside one that runs',
  by: 'operator',
  limitSeconds: { full: 300, quick: 60 },
  run: startTogether,
};

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
/** How long those that must end may take; they start one after another on few processors. */
const ENDING_MS = 30_000;
const LISTENING_MS = 20_000;
const POLL_MS = 20;
/** A daemon that must end and does not has settled by then. */
const SETTLE_MS = 1000;
const WRITES = 3;
/** For the attack to end in time on a slow machine; the figures tell how many starts there were. */
const BUDGET_MS = { full: 150_000, quick: 15_000 } as const;

/** One of the daemons, with an API of its own, so that only the state is shared. */
class Starter {
  readonly process: ChildProcess;
  readonly socketPath: string;
  readonly closed: Promise<unknown>;
  #log = '';

  constructor(stand: AttackStand, configFile: string, socketPath: string) {
    this.socketPath = socketPath;
    this.process = spawn(process.execPath, [stand.main, 'run', '--config', configFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
      });
    }
    this.closed = once(this.process, 'close');
  }

  get runs(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  get listens(): boolean {
    return this.runs && this.#log.includes('control api listens');
  }

  get endpoint(): Endpoint {
    return { socketPath: this.socketPath };
  }

  get lastLine(): string {
    return this.#log.trimEnd().split('\n').at(-1) ?? '';
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.closed;
  }
}

async function startTogether(stand: AttackStand): Promise<Outcome> {
  const faults = new Faults();
  const together = stand.bySize(20, 5);
  const waves = stand.bySize(26, 3);
  const deadline = performance.now() + BUDGET_MS[stand.size];
  const configurations = Array.from({ length: together }, (_, index) => configurationOf(stand, index));
  const acknowledged = new Set<string>();
  let [starts, doubles, lost] = [0, 0, 0];
  /** Runs from the wave before, in every other wave. */
  let runner: Starter | undefined;
  for (let wave = 0; wave < waves && performance.now() < deadline; wave++) {
    const wasRunning = runner;
    const starters = configurations
      .filter(({ socketPath }) => socketPath !== wasRunning?.socketPath)
      .map(({ file, socketPath }) => new Starter(stand, file, socketPath));
    starts += starters.length;
    const all = wasRunning === undefined ? starters : [wasRunning, ...starters];
    const survivors = await settle(all);
    if (survivors.length > 1) doubles += 1;
    faults.require(survivors.length > 0, `of ${starters.length} daemons none runs: ${starters[0]?.lastLine}`);
    faults.require(survivors.length <= 1, `${survivors.length} daemons run on one state directory`);
    if (wasRunning !== undefined) faults.require(wasRunning.runs, 'a start ended the daemon that ran');
    lost += await requireAcknowledged(survivors[0], acknowledged, faults);
    // To each that runs: two that run lose each other's.
    for (const survivor of survivors) await write(survivor, acknowledged, faults);
    const isKept: boolean = wave % 2 === 0 && survivors.length === 1;
    runner = isKept ? survivors[0] : undefined;
    if (!isKept) await Promise.all(survivors.map((survivor) => survivor.kill()));
  }
  await runner?.kill();
  return faults.outcome(
    `${starts} starts in waves of ${together}, ${doubles} times two that ran; ${acknowledged.size + lost} acknowledged writes, ${lost} lost`,
  );
}

/** Waits until one runs and listens and the others have ended. @returns those that run */
async function settle(starters: readonly Starter[]): Promise<Starter[]> {
  const deadline = performance.now() + ENDING_MS;
  const running = (): Starter[] => starters.filter(({ runs }) => runs);
  while (running().length > 1 && performance.now() < deadline) {
    // Two that have gone so far end no more.
    if (running().filter(({ listens }) => listens).length > 1) await sleep(SETTLE_MS);
    if (running().filter(({ listens }) => listens).length > 1 && running().every(({ listens }) => listens))
      break;
    await sleep(POLL_MS);
  }
  const listening = performance.now() + LISTENING_MS;
  while (running().some(({ listens }) => !listens) && performance.now() < listening) await sleep(POLL_MS);
  return running();
}

async function write(starter: Starter, acknowledged: Set<string>, faults: Faults): Promise<void> {
  for (let count = 0; count < WRITES; count++) {
    const answer = readAnswer(await ask(starter, 'CreateTrafficMirrorFilter'));
    const filter = answer.content.trafficMirrorFilter as { trafficMirrorFilterId: string } | undefined;
    if (
      faults.require(
        answer.status === 200 && filter !== undefined,
        `a write was answered with ${answer.status}`,
      )
    ) {
      acknowledged.add(filter?.trafficMirrorFilterId ?? '');
    }
  }
}

/** @returns how many of what was acknowledged are not there; they are then forgotten */
async function requireAcknowledged(
  starter: Starter | undefined,
  acknowledged: Set<string>,
  faults: Faults,
): Promise<number> {
  if (starter === undefined) return 0;
  const answer = readAnswer(await ask(starter, 'DescribeTrafficMirrorFilters'));
  const there = new Set(
    itemsOf<{ trafficMirrorFilterId: string }>(answer.content, 'trafficMirrorFilterSet').map(
      (item) => item.trafficMirrorFilterId,
    ),
  );
  const missing = [...acknowledged].filter((id) => !there.has(id));
  for (const id of missing) acknowledged.delete(id);
  faults.require(missing.length === 0, `${missing.length} acknowledged writes are gone`);
  return missing.length;
}

/** Whoever may open the socket need not sign. */
function ask({ endpoint }: Starter, action: string): Promise<Answer> {
  return send(endpoint, {
    method: 'POST',
    target: '/',
    headers: { host: 'localhost', ...FORM },
    body: formOf(action, {}),
  }).catch((): Answer => ({ status: 0, text: '' }));
}

function configurationOf(stand: AttackStand, index: number): { file: string; socketPath: string } {
  const socketPath = join(stand.directory, `api-${index}.sock`);
  if (existsSync(socketPath)) throw new Error(`${socketPath} is there already`);
  const sections = { api: { listen: `unix:${socketPath}`, accounts: accounts() }, metrics: undefined };
  return { file: stand.configure({ sections }), socketPath };
}
