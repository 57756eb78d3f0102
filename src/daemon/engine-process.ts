/** One engine process: started, spoken to, stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { type EngineOrder, type EnginePlan, type EngineReport, JsonLines } from '../engine/messages.js';
import { DescriptorSocket } from '../linux/descriptor-socket.js';
import type { Libc } from '../linux/libc.js';
import { type Confinement, engineCommand } from './confinement.js';
import { EngineReports } from './engine-report.js';
import { NamespaceHandout } from './namespace-handout.js';

/** Beyond this a stop is a kill; the daemon has 2 s for everything. */
const STOP_LIMIT_MS = 1800;

export interface EngineListener {
  report(report: EngineReport): void;
  /** A line that the engine, libpcap or V8 wrote to its output: never by plan. */
  output(line: string): void;
  exit(code: number | null, signal: NodeJS.Signals | null): void;
}

/** Both ends of the connection on which an engine gets its namespaces. */
interface HandingLine {
  readonly handout: NamespaceHandout;
  /** The engine's end; open here until it has it. */
  readonly theirs: number;
}

export class EngineProcess {
  /** Undefined when there was not even what it takes to try. */
  readonly #child: ChildProcess | undefined;
  /** Undefined when the process could not be started at all. */
  readonly #line: Duplex | undefined;
  readonly #handout: NamespaceHandout | undefined;

  constructor(listener: EngineListener, confinement: Confinement) {
    let handing: HandingLine | undefined;
    try {
      handing = confinement.libc && openHandingLine(confinement.libc);
    } catch (error) {
      const { message } = error as Error;
      setImmediate(() => tellNotStarted(listener, message));
      return;
    }
    const { args, env } = engineCommand(confinement, process.env);
    this.#child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', handing?.theirs ?? 'ignore'],
      env,
    });
    if (handing !== undefined) confinement.libc?.close(handing.theirs);
    this.#handout = handing?.handout;
    // Out of descriptors there are no streams, whatever the types say.
    this.#line = this.#child.stdio?.[3] as Duplex | undefined;
    this.#listen(this.#child, listener);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** A plan comes with its namespaces. */
  order(order: EngineOrder): void {
    if (order.type === 'plan') this.#handout?.give(order.plan);
    this.#line?.write(JsonLines.format(order));
  }

  /** This plan runs, and what only others needed may be closed. */
  settle(plan: EnginePlan): void {
    this.#handout?.keepOnly(plan);
  }

  stop(): void {
    this.order({ type: 'stop' });
    setTimeout(() => this.kill(), STOP_LIMIT_MS).unref();
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  /** It is not what it was when it was started: nothing more of what it says counts. */
  #giveUp(listener: EngineListener, { message }: Error): void {
    this.#line?.removeAllListeners('data').resume();
    listener.report({ type: 'failed', code: 'internal', reason: `it is not understood: ${message}` });
    this.kill();
  }

  #listen(child: ChildProcess, listener: EngineListener): void {
    const reports = new EngineReports();
    this.#line?.setEncoding('utf8');
    this.#line?.on('data', (text: string) => {
      try {
        for (const report of reports.push(text)) listener.report(report);
      } catch (error) {
        this.#giveUp(listener, error as Error);
      }
    });
    // The engine may die while it is written to; its exit is what counts.
    this.#line?.on('error', ignore);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n').filter((part) => part !== '')) listener.output(line);
      });
    }
    child.on('error', ({ message }) => {
      if (this.pid !== undefined) return;
      this.#handout?.close();
      tellNotStarted(listener, message);
    });
    // 'close' comes after the last report has been read.
    child.on('close', (code, signal) => {
      if (this.pid === undefined) return;
      this.#handout?.close();
      listener.exit(code, signal);
    });
  }
}

/** @throws LinuxError: EMFILE. */
function openHandingLine(libc: Libc): HandingLine {
  const [ours, theirs] = libc.socketPair();
  return { handout: new NamespaceHandout(new DescriptorSocket(libc, ours)), theirs };
}

function tellNotStarted(listener: EngineListener, reason: string): void {
  listener.report({ type: 'failed', code: 'internal', reason: `it cannot be started: ${reason}` });
  listener.exit(null, null);
}

function ignore(): void {}
