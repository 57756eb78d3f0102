/** A load that goes on until it is told to pause: the generator, started again whenever it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Namespace } from '../../lab/namespaces.js';

const GENERATOR = fileURLToPath(new URL('../../lab/generator.js', import.meta.url));
/** How long one generator runs; the next one follows at once. */
const RUN_SECONDS = 600;
/** A generator whose device is missing ends as soon as it starts. */
const RETRY_MS = 200;

export class SoakLoad {
  readonly #client: Namespace;
  readonly #packetsPerSecond: string;
  readonly #framesFile: string;
  #isWanted = false;
  #running: Promise<void> = Promise.resolve();
  #child: ChildProcess | undefined;

  constructor(client: Namespace, packetsPerSecond: string, framesFile: string) {
    this.#client = client;
    this.#packetsPerSecond = packetsPerSecond;
    this.#framesFile = framesFile;
  }

  resume(): void {
    this.#isWanted = true;
    this.#running = this.#run();
  }

  /** Resolves when nothing is sent any more. */
  async pause(): Promise<void> {
    this.#isWanted = false;
    this.#child?.kill('SIGKILL');
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isWanted) {
      const { name } = this.#client;
      const generator = [GENERATOR, 'veth1', String(RUN_SECONDS), this.#packetsPerSecond, this.#framesFile];
      this.#child = spawn('ip', ['netns', 'exec', name, process.execPath, ...generator], { stdio: 'ignore' });
      await once(this.#child, 'close');
      if (this.#isWanted) await sleep(RETRY_MS);
    }
  }
}
