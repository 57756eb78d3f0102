/** Judges the environment of a plan on another thread, bounded in time and memory. */
import { Worker } from 'node:worker_threads';
import type { BackendName } from '../plan/mirror-plan.js';
import type { Finding } from './finding.js';
import type { Subject } from './subject.js';

const THREAD = new URL('./doctor-thread.js', import.meta.url);
/** Others may hold the kernel's lock for seconds. */
const LIMIT_MS = 20_000;
const MOST_MEGABYTES = 256;

/** A judgement that is being made. */
export interface Judgement {
  /** Empty when it was ended, took too long, or failed. Never rejects. */
  readonly findings: Promise<readonly Finding[]>;
  /** Ends it at once. */
  end(): void;
}

/** Starts to judge. It keeps no process alive. @param io how frames are captured. */
export function judgeAside(subject: Subject, io: BackendName): Judgement {
  const worker = new Worker(THREAD, {
    workerData: { subject, io },
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
    stdout: true,
    stderr: true,
  });
  worker.unref();
  const end = (): void => void worker.terminate();
  const timer = setTimeout(end, LIMIT_MS).unref();
  const findings = new Promise<readonly Finding[]>((resolve) => {
    worker.once('message', resolve);
    worker.once('error', () => resolve([]));
    worker.once('exit', () => resolve([]));
  });
  void findings.then(() => {
    clearTimeout(timer);
    end();
  });
  return { findings, end };
}
