/** One engine process: its start, the orders to it, its reports and its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { type EngineOrder, type EngineReport, JsonLines } from '../engine/messages.js';
import { DescriptorSocket } from '../linux/descriptor-socket.js';
import type { Libc } from '../linux/libc.js';
import type { EnginePlan } from '../plan/engine-plan.js';
import type { PlanChange } from '../plan/plan-change.js';
import { type Confinement, engineCommand } from './confinement.js';
import { EngineReports } from './engine-report.js';
import { NamespaceHandout } from './namespace-handout.js';
import type { CopyReceiver } from './peek-hub.js';

/** An engine that takes longer to stop is killed; the daemon has 2 s for everything. */
const STOP_LIMIT_MS = 1800;
/** How long one may take to end whose last counts are in: with many sources the kernel takes long. */
const CLOSE_LIMIT_MS = 4300;

export interface EngineListener {
  report(report: EngineReport): void;
  /** A line of the engine's output, which only libpcap, V8 or an error writes. */
  output(line: string): void;
  /** Takes what the engine copies for those who peek. */
  readonly copies?: CopyReceiver | undefined;
  exit(code: number | null, signal: NodeJS.Signals | null): void;
}

/** Both ends of the connection on which an engine gets its namespaces. */
interface NamespaceLine {
  readonly handout: NamespaceHandout;
  /** The engine's end; open here until it has it. */
  readonly theirs: number;
}

export class EngineProcess {
  /** Undefined when there were no descriptors left to start it. */
  readonly #child: ChildProcess | undefined;
  /** Undefined when the process could not be started. */
  readonly #line: Duplex | undefined;
  readonly #copies: Duplex | undefined;
  readonly #handout: NamespaceHandout | undefined;
  #stopLimit: NodeJS.Timeout | undefined;

  /** @param cpu the processor to run on; undefined: the kernel's choice. */
  constructor(listener: EngineListener, confinement: Confinement, cpu?: number) {
    let namespaces: NamespaceLine | undefined;
    try {
      namespaces = confinement.libc && openNamespaceLine(confinement.libc);
    } catch (error) {
      const { message } = error as Error;
      setImmediate(() => reportNotStarted(listener, message));
      return;
    }
    const { args, env } = engineCommand(confinement, process.env, cpu);
    this.#child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', namespaces?.theirs ?? 'ignore', 'pipe'],
      env,
    });
    if (namespaces !== undefined) confinement.libc?.close(namespaces.theirs);
    this.#handout = namespaces?.handout;
    // Without free descriptors there are no streams, although the types say so.
    this.#line = this.#child.stdio?.[3] as Duplex | undefined;
    this.#copies = (this.#child.stdio as readonly unknown[] | undefined)?.[5] as Duplex | undefined;
    this.#listen(this.#child, listener);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  order(order: EngineOrder): void {
    this.#line?.write(JsonLines.format(order));
  }

  /** Has it change to a plan; its namespaces are sent first. @param difference from what it runs; undefined: none. */
  run(generation: number, plan: EnginePlan, difference: PlanChange | undefined): void {
    this.#handout?.give(plan);
    const change = difference ?? { ...plan, rules: [], put: [], removed: [] };
    this.order({ type: 'plan', generation, change });
  }

  /** This plan runs: namespaces that only others needed are closed. */
  settle(plan: EnginePlan): void {
    this.#handout?.keepOnly(plan);
  }

  stop(): void {
    this.order({ type: 'stop' });
    this.#stopLimit = setTimeout(() => this.kill(), STOP_LIMIT_MS).unref();
  }

  /** Its last counts are in: what is left is to give back what the kernel has for it. */
  counted(): void {
    if (this.#stopLimit === undefined) return;
    clearTimeout(this.#stopLimit);
    this.#stopLimit = setTimeout(() => this.kill(), CLOSE_LIMIT_MS).unref();
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  /** It is not what it was when it was started: nothing more of what it says counts. */
  #giveUp(listener: EngineListener, { message }: Error): void {
    for (const line of [this.#line, this.#copies]) line?.removeAllListeners('data').resume();
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
    this.#copies?.on('data', (bytes: Uint8Array) => {
      try {
        listener.copies?.push(bytes);
      } catch (error) {
        this.#giveUp(listener, error as Error);
      }
    });
    // The engine may end during a write. Its exit is reported by 'close'.
    for (const line of [this.#line, this.#copies]) line?.on('error', ignore);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n').filter((part) => part !== '')) listener.output(line);
      });
    }
    child.on('error', ({ message }) => {
      if (this.pid !== undefined) return;
      this.#handout?.close();
      reportNotStarted(listener, message);
    });
    // 'close' is emitted after the last report has been read.
    child.on('close', (code, signal) => {
      if (this.pid === undefined) return;
      this.#handout?.close();
      listener.copies?.end();
      listener.exit(code, signal);
    });
  }
}

/** @throws LinuxError: EMFILE. */
function openNamespaceLine(libc: Libc): NamespaceLine {
  const [ours, theirs] = libc.socketPair();
  return { handout: new NamespaceHandout(new DescriptorSocket(libc, ours)), theirs };
}

function reportNotStarted(listener: EngineListener, reason: string): void {
  listener.report({ type: 'failed', code: 'internal', reason: `it cannot be started: ${reason}` });
  listener.exit(null, null);
}

function ignore(): void {}
