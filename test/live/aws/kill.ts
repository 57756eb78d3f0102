/**
 * SIGKILL of daemon and engine at random moments, while clients create, change and delete: what was answered is there
 * after the restart, nothing is there by halves, and the engine mirrors just that. API_KILLS says how often.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { EC2Client } from '@aws-sdk/client-ec2';
import t from 'tap';
import type { Daemon } from '../../../lab/daemon.js';
import {
  type Change,
  changeOf,
  NEW_ID,
  type Resources,
  readResources,
} from '../../fixtures/live/daemon/api-changes.js';
import {
  type ControlApiStand,
  INVENTORY,
  REGION,
  startControlApi,
  startListening,
} from '../../fixtures/live/daemon/control-api.js';
import { descendantsOf, survivorsOf } from '../../fixtures/live/daemon/processes.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { waitFor } from '../../fixtures/live/daemon/waiting.js';
import { skipUnless } from '../../fixtures/live/requirements.js';

const KILLS = Number(process.env.API_KILLS ?? 8);
/** Their changes meet in the groups that are written together. */
const WORKERS = 4;
const LONGEST_RUN_MS = 300;
const POLL_MS = 2;
const ID = /\btm(?:t|f|fr|s)-0[0-9a-f]{16}\b/g;

/** Asks for one change after another; knows what must be there. */
class Worker {
  readonly #worker: number;
  /** After all that was answered. */
  #there: Resources = {};
  #number = 0;
  /** Was not answered. */
  #pending: Change | undefined;

  constructor(worker: number) {
    this.#worker = worker;
  }

  get answered(): number {
    return this.#number;
  }

  get sessionId(): string | undefined {
    return this.#there.session?.TrafficMirrorSessionId;
  }

  /** Until the daemon is gone. @throws what the daemon refuses (rejects) */
  async work(client: EC2Client): Promise<void> {
    for (;;) {
      const change = changeOf(this.#there, { worker: this.#worker, number: this.#number });
      this.#pending = change;
      const answer = await change.send(client).catch((error: unknown) => {
        if (isAnswer(error)) throw error;
      });
      if (answer === undefined) return;
      this.#take(change, answer);
    }
  }

  /**
   * Holds what is there after a restart against what was answered, and sends again what was not.
   * @returns whether the change that was not answered is there
   * @throws Error when something is missing, too much, or there by halves (rejects)
   */
  async recover(client: EC2Client, found: Resources): Promise<boolean> {
    const change = this.#pending;
    if (change === undefined) return false;
    const isThere = isDeepStrictEqual(found, named(change.after, newIdIn(found, this.#there)));
    if (!isThere && !isDeepStrictEqual(found, this.#there)) {
      throw new Error(JSON.stringify({ answered: this.#there, asked: change.after, found }));
    }
    if (isThere && change.isDeletion === true) this.#take(change, {});
    else this.#take(change, await change.send(client));
    return isThere;
  }

  /** @throws Error when it is not all that is there */
  check(found: Resources): void {
    if (isDeepStrictEqual(found, this.#there)) return;
    throw new Error(JSON.stringify({ answered: this.#there, found }));
  }

  #take(change: Change, answer: object): void {
    this.#there = named(change.after, newIdIn(answer, this.#there));
    this.#pending = undefined;
    this.#number += 1;
  }
}

/** As opposed to a connection that broke. */
function isAnswer(error: unknown): boolean {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode !== undefined;
}

/** The id that was not there before. */
function newIdIn(after: object, before: object): string {
  const known = new Set(JSON.stringify(before).match(ID));
  return (
    JSON.stringify(after)
      .match(ID)
      ?.find((id) => !known.has(id)) ?? NEW_ID
  );
}

function named(resources: Resources, id: string): Resources {
  return JSON.parse(JSON.stringify(resources).replaceAll(`"${NEW_ID}"`, `"${id}"`)) as Resources;
}

/** @throws Error when the daemon refused something, or a process of it lives on (rejects) */
async function workUntilKilled(daemon: Daemon, client: EC2Client, workers: readonly Worker[]): Promise<void> {
  const before = answeredTo(workers);
  const works = Promise.allSettled(workers.map((worker) => worker.work(client)));
  await waitFor(
    'an answer',
    () => answeredTo(workers),
    (answers) => answers !== before || daemon.process.exitCode !== null,
    POLL_MS,
  );
  await sleep(Math.random() * LONGEST_RUN_MS);
  const pid = daemon.process.pid ?? 0;
  const engines = descendantsOf(pid);
  for (const victim of [pid, ...engines]) process.kill(victim, 'SIGKILL');
  await daemon.ended;
  for (const work of await works) if (work.status === 'rejected') throw work.reason;
  const survivors = await survivorsOf(engines);
  if (survivors.length > 0) throw new Error(`processes ${survivors.join()} live on`);
}

function answeredTo(workers: readonly Worker[]): number {
  return workers.reduce((sum, worker) => sum + worker.answered, 0);
}

t.test(`${KILLS} kills`, { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t, { targets: 2 });
  const quotas = { sessionsPerNetworkInterface: WORKERS };
  const api = await startControlApi(t, stand, { ...INVENTORY, quotas, engine: { io: 'ring' } });
  const workers = Array.from({ length: WORKERS }, (_, worker) => new Worker(worker));
  let { daemon } = api;
  let done = 0;
  let undone = 0;
  let answered = 0;
  let slowestStartMs = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const before = answeredTo(workers);
    await withClient(api, (client) => workUntilKilled(daemon, client, workers));
    answered += answeredTo(workers) - before;
    const killed = performance.now();
    daemon = await startListening(stand, api.configFile);
    slowestStartMs = Math.max(slowestStartMs, performance.now() - killed);
    await withClient(api, async (client) => {
      const found = await readResources(client);
      const outcomes = await Promise.all(
        workers.map((worker, index) => worker.recover(client, found.get(index) ?? {})),
      );
      done += outcomes.filter((isThere) => isThere).length;
      undone += outcomes.filter((isThere) => !isThere).length;
      const now = await readResources(client);
      for (const [index, worker] of workers.entries()) worker.check(now.get(index) ?? {});
    });
    const sessionIds = workers.flatMap(({ sessionId }) => sessionId ?? []).sort();
    const { sessions } = await daemon.status();
    t.same(sessions.map(({ sessionId }) => sessionId).sort(), sessionIds, 'the engine mirrors what is there');
  }
  t.comment(
    `${answered} changes were answered; of those that a kill cut off ${done} were there, ${undone} were not; ` +
      `listening again after at most ${Math.round(slowestStartMs)} ms`,
  );
  t.ok(answered >= KILLS, 'changes were made in each life');
  t.equal(await daemon.stop(), 0, 'exit code');
});

/** A client of one life: a later one would try the connections that the kill broke. */
async function withClient(api: ControlApiStand, use: (client: EC2Client) => Promise<void>): Promise<void> {
  const { credentials } = api.client.config;
  // What was not answered is for the workers to send again.
  const client = new EC2Client({ endpoint: api.endpoint, region: REGION, credentials, maxAttempts: 1 });
  try {
    await use(client);
  } finally {
    client.destroy();
  }
}
