/** A thread that gathers and judges, beside the daemon's own: some questions wait for a lock of the kernel (rtnl). Started by `aside.ts`. */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { BackendName } from '../plan/mirror-plan.js';
import { examine } from './examine.js';
import { gather } from './gather.js';
import type { Subject } from './subject.js';

// Of the calling thread alone (setpriority(2)): engines start at the same time.
setPriority(0, constants.priority.PRIORITY_LOW);

const { subject, io } = workerData as { readonly subject: Subject; readonly io: BackendName };

parentPort?.postMessage(examine((await gather(subject, { isStart: true, io })).facts));
