/** A light load of frames into the source, of which every one must reach the target. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { framesOf } from '../../bench/load/frames.js';
import { SMALL_FRAMES } from '../../bench/load/scenario.js';
import type { AttackStand } from './stand.js';

const GENERATOR = fileURLToPath(new URL('../../lab/generator.js', import.meta.url));
const RATE = 2000;
const PAUSE_MS = 1;
/** How long the last copies may take. */
const SETTLE_MS = 5000;
const POLL_MS = 50;

/** Frames that the source's device took, and copies that the target's device received. */
export interface Carried {
  readonly sent: number;
  readonly arrived: number;
}

export class Load {
  readonly #stand: AttackStand;
  readonly #before: number;
  readonly #process: ChildProcess;
  readonly #sent: Promise<number>;

  /** Starts 2,000 frames a second, for so many seconds. */
  constructor(stand: AttackStand, seconds: number) {
    this.#stand = stand;
    this.#before = stand.arrived;
    const file = stand.write('frames.json', JSON.stringify(framesOf(SMALL_FRAMES)));
    const args = [GENERATOR, 'veth1', String(seconds), String(RATE), file, String(PAUSE_MS)];
    this.#process = stand.client.spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#sent = this.#read();
  }

  /** Resolves when the last frame was sent and its copy arrived, or is late. */
  async end(): Promise<Carried> {
    const sent = await this.#sent;
    const deadline = performance.now() + SETTLE_MS;
    while (this.#arrived < sent && performance.now() < deadline) await sleep(POLL_MS);
    return { sent, arrived: this.#arrived };
  }

  get #arrived(): number {
    return this.#stand.arrived - this.#before;
  }

  async #read(): Promise<number> {
    let text = '';
    this.#process.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    const [code] = (await once(this.#process, 'close')) as [number | null];
    if (code !== 0) throw new Error(`the generator ended with ${code}`);
    return (JSON.parse(text) as { sent: number }).sent;
  }
}
