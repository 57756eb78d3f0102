/** Gives damaged state files to a daemon, and where there is one to `state verify`, and says what they make of them. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ec2Answer, type Endpoint, formOf, readAnswer, send, type Values } from './client.js';
import { accounts } from './configuration.js';
import type { AttackStand } from './stand.js';

/**
 * refused: no start, and the file is named. told: something was cut off, and it is kept and named. intact: all that was
 * acknowledged is there. silent: none of these.
 */
export type Judgement = 'refused' | 'told' | 'intact' | 'silent';

const FILE = 'api-state.jsonl';
const HEADERS = { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded' };
const LISTENING_MS = 30_000;
const POLL_MS = 10;
const BAD_INPUT = 1;

/** How a command ended. */
interface Ended {
  readonly code: number;
  readonly output: string;
}

/** A configuration with a state directory and an API socket of its own. */
interface Seat {
  readonly configFile: string;
  readonly directory: string;
  readonly endpoint: Endpoint;
}

export class StateJudge {
  readonly #stand: AttackStand;
  readonly #seats = new Map<number, Seat>();
  /** What a daemon shows of what was acknowledged. */
  #shown = '';
  #original = Buffer.alloc(0);
  #canVerify = false;

  private constructor(stand: AttackStand) {
    this.#stand = stand;
  }

  /** Has a daemon acknowledge so many changes and more, and keeps its file. @throws Error when it does not (rejects) */
  static async prepare(stand: AttackStand, changes: number): Promise<StateJudge> {
    const judge = new StateJudge(stand);
    const seat = judge.#seat(-1);
    const process = await judge.#run(seat);
    if (typeof process === 'string') throw new Error(`the daemon did not start: ${process}`);
    await fill(seat.endpoint, changes);
    judge.#shown = await shownBy(seat.endpoint);
    await process.end();
    judge.#original = readFileSync(join(seat.directory, FILE));
    const untouched = await judge.#command('state', 'verify', '--config', seat.configFile);
    judge.#canVerify = untouched.code === 0;
    return judge;
  }

  /** The file that a daemon left. */
  get original(): Buffer {
    return this.#original;
  }

  get records(): number {
    return this.#original.toString('latin1').split('\n').length - 1;
  }

  /** False for builds that have no `state verify`. */
  get canVerify(): boolean {
    return this.#canVerify;
  }

  /** By `state verify`, which changes nothing. Every file that is not the original is to be noticed. */
  async verify(worker: number, bytes: Buffer): Promise<Judgement> {
    const seat = this.#put(worker, bytes);
    const { code, output } = await this.#command('state', 'verify', '--config', seat.configFile);
    if (code === BAD_INPUT && output.includes(FILE)) return 'refused';
    if (code !== 0) return 'silent';
    return /cut (?:short|off)/.test(output) ? 'told' : 'silent';
  }

  /** By a start. */
  async start(worker: number, bytes: Buffer): Promise<Judgement> {
    const seat = this.#put(worker, bytes);
    const process = await this.#run(seat);
    if (typeof process === 'string') return process.includes(FILE) ? 'refused' : 'silent';
    const shown = await shownBy(seat.endpoint);
    const kept = readdirSync(seat.directory).filter((name) => name !== FILE && name.startsWith(FILE));
    const isTold = kept.length > 0 && kept.every((name) => process.log().includes(name));
    await process.end();
    if (shown === this.#shown) return 'intact';
    return isTold ? 'told' : 'silent';
  }

  #put(worker: number, bytes: Buffer): Seat {
    const seat = this.#seat(worker);
    rmSync(seat.directory, { recursive: true, force: true });
    mkdirSync(seat.directory, { mode: 0o700 });
    writeFileSync(join(seat.directory, FILE), bytes, { mode: 0o600 });
    return seat;
  }

  #seat(worker: number): Seat {
    const known = this.#seats.get(worker);
    if (known !== undefined) return known;
    const directory = join(this.#stand.directory, `seat${worker}`);
    const socketPath = join(this.#stand.directory, `seat${worker}.sock`);
    const sections = { api: { listen: `unix:${socketPath}`, accounts: accounts() }, metrics: undefined };
    const configFile = this.#stand.configure({ stateDirectory: directory, sections });
    const seat = { configFile, directory, endpoint: { socketPath } };
    this.#seats.set(worker, seat);
    return seat;
  }

  #command(...args: readonly string[]): Promise<Ended> {
    return new Promise((resolve) => {
      execFile(process.execPath, [this.#stand.main, ...args], (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
      });
    });
  }

  /** @returns what it said, when it ended before it listened */
  async #run({ configFile }: Seat): Promise<string | { log: () => string; end: () => Promise<void> }> {
    const child = spawn(process.execPath, [this.#stand.main, 'run', '--config', configFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
    }
    const closed = once(child, 'close');
    const deadline = performance.now() + LISTENING_MS;
    while (!log.includes('control api listens') && child.exitCode === null && performance.now() < deadline) {
      await sleep(POLL_MS);
    }
    if (child.exitCode !== null) {
      await closed;
      return log;
    }
    return {
      log: () => log,
      async end() {
        child.kill('SIGKILL');
        await closed;
      },
    };
  }
}

/** Changes of every kind, one after another, so that each is a record. */
async function fill(endpoint: Endpoint, changes: number): Promise<void> {
  const must = async (action: string, values: Values): Promise<Ec2Answer['content']> => {
    const { status, text, content } = await ask(endpoint, action, values);
    if (status !== 200) throw new Error(`${action}: ${text}`);
    return content;
  };
  for (let change = 0; change < changes; change++) {
    const filter = (await must('CreateTrafficMirrorFilter', { Description: `filter ${change}` }))
      .trafficMirrorFilter;
    const TrafficMirrorFilterId = (filter as { trafficMirrorFilterId: string }).trafficMirrorFilterId;
    if (change % 4 === 1) await must('DeleteTrafficMirrorFilter', { TrafficMirrorFilterId });
    if (change % 4 === 2)
      await must('CreateTags', {
        'ResourceId.1': TrafficMirrorFilterId,
        'Tag.1.Key': 'n',
        'Tag.1.Value': change,
      });
    if (change % 4 === 3)
      await must('CreateTrafficMirrorTarget', {
        NetworkLoadBalancerArn: 'nlb-ids',
        Description: `target ${change}`,
      });
  }
}

/** All that there is, without what differs from answer to answer. */
async function shownBy(endpoint: Endpoint): Promise<string> {
  const actions = ['DescribeTrafficMirrorTargets', 'DescribeTrafficMirrorFilters', 'DescribeTags'];
  const answers = await Promise.all(actions.map((action) => ask(endpoint, action, {})));
  return answers.map(({ text }) => text.replace(/<requestId>[^<]*<\/requestId>/, '')).join('\n');
}

/** Whoever may open the socket need not sign. */
async function ask(endpoint: Endpoint, action: string, values: Values): Promise<Ec2Answer> {
  return readAnswer(
    await send(endpoint, { method: 'POST', target: '/', headers: HEADERS, body: formOf(action, values) }),
  );
}
