/** One engine process: started, spoken to, stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type EngineOrder, type EngineReport, JsonLines } from '../engine/messages.js';

const ENGINE_MAIN = fileURLToPath(new URL('../engine/main.js', import.meta.url));
/** Beyond this a stop is a kill; the daemon has 2 s for everything. */
const STOP_LIMIT_MS = 1800;

export interface EngineListener {
  report(report: EngineReport): void;
  /** A line that the engine, libpcap or V8 wrote to its output: never by plan. */
  output(line: string): void;
  exit(code: number | null, signal: NodeJS.Signals | null): void;
}

export class EngineProcess {
  readonly #child: ChildProcess;
  /** Undefined when the process could not be started at all. */
  readonly #line: Duplex | undefined;

  constructor(listener: EngineListener) {
    this.#child = spawn(process.execPath, [ENGINE_MAIN], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    // Out of descriptors there are no streams, whatever the types say.
    this.#line = this.#child.stdio?.[3] as Duplex | undefined;
    const reports = new JsonLines<EngineReport>();
    this.#line?.setEncoding('utf8');
    this.#line?.on('data', (text: string) => {
      for (const report of reports.push(text)) listener.report(report);
    });
    // The engine may die while it is written to; its exit is what counts.
    this.#line?.on('error', ignore);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n').filter((part) => part !== '')) listener.output(line);
      });
    }
    this.#child.on('error', ({ message }) => {
      if (this.pid !== undefined) return;
      listener.report({ type: 'failed', code: 'internal', reason: `it cannot be started: ${message}` });
      listener.exit(null, null);
    });
    // 'close' comes after the last report has been read.
    this.#child.on('close', (code, signal) => {
      if (this.pid !== undefined) listener.exit(code, signal);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  order(order: EngineOrder): void {
    this.#line?.write(JsonLines.format(order));
  }

  stop(): void {
    this.order({ type: 'stop' });
    setTimeout(() => this.kill(), STOP_LIMIT_MS).unref();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

function ignore(): void {}
