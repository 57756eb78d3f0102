/**
 * A process that gathers and judges, beside the daemon: some questions wait for a lock of the kernel (rtnl), and one that
 * is killed in the middle of a call takes nothing with it. Started by `aside.ts`.
 */
import { constants, setPriority } from 'node:os';
import type { BackendName } from '../plan/mirror-plan.js';
import { examine } from './examine.js';
import { gather } from './gather.js';
import type { Subject } from './subject.js';

/** What it is sent. */
export interface Question {
  readonly subject: Subject;
  /** How frames are captured. */
  readonly io: BackendName;
}

// Nobody waits for an answer any more.
process.on('disconnect', () => process.exit());
process.once('message', (question) => void answer(question as Question));

async function answer({ subject, io }: Question): Promise<void> {
  try {
    // Engines start at the same time.
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // Not permitted: it is judged all the same.
  }
  process.send?.(examine((await gather(subject, { isStart: true, io })).facts));
}
