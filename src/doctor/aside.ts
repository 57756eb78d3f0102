/** Judges the environment of a plan in another process, bounded in time and memory. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BackendName } from '../plan/mirror-plan.js';
import type { Question } from './doctor-process.js';
import type { Finding } from './finding.js';
import type { Subject } from './subject.js';

const PROGRAM = fileURLToPath(new URL('./doctor-process.js', import.meta.url));
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

/** Starts to judge. @param io how frames are captured. */
export function judgeAside(subject: Subject, io: BackendName): Judgement {
  let child: ChildProcess;
  try {
    child = startProcess();
  } catch {
    // No memory for a process.
    return { findings: Promise.resolve([]), end: () => {} };
  }
  const end = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(end, LIMIT_MS);
  const findings = new Promise<readonly Finding[]>((resolve) => {
    child.once('message', (found) => resolve(found as readonly Finding[]));
    child.once('error', () => resolve([]));
    child.once('exit', () => resolve([]));
  });
  void findings.then(() => {
    clearTimeout(timer);
    end();
  });
  // Not so without descriptors to spare; then `error` follows.
  if (child.connected) child.send({ subject, io } satisfies Question, () => {});
  return { findings, end };
}

function startProcess(): ChildProcess {
  return fork(PROGRAM, [], {
    execArgv: [`--max-old-space-size=${MOST_MEGABYTES}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}
