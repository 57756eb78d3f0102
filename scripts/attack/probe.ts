/**
 * Asks a daemon for its status again and again, and watches its memory, from a process of its own, so that what an
 * attack does to its own event loop is not measured:
 *
 *     node dist/scripts/attack/probe.js STATUS-SOCKET PID
 *
 * Ends when its input ends, and prints what it saw (`Probed`).
 */
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the probe saw. */
export interface Probed {
  /** How often it asked. */
  readonly asked: number;
  /** Questions that were not answered with 200 within 10 s. */
  readonly unanswered: number;
  /** The latest answer, from the question to its last byte. */
  readonly slowestMs: number;
  /** By how much a timer of the probe itself was late, at most: what the machine adds. */
  readonly ownDelayMs: number;
  /** Resident memory of the process, at most. */
  readonly residentBytes: number;
}

const INTERVAL_MS = 40;
const ANSWER_TIMEOUT_MS = 10_000;
const KIBIBYTE = 1024;

const [socketPath = '', pid = ''] = process.argv.slice(2);
let [asked, unanswered, slowestMs, ownDelayMs, resident] = [0, 0, 0, 0, 0];
let isEnding = false;
process.stdin.resume().on('end', () => {
  isEnding = true;
});
setInterval(() => {
  resident = Math.max(resident, residentBytes());
}, INTERVAL_MS).unref();
console.log('ready');
while (!isEnding) {
  const started = performance.now();
  const answered = await ask();
  asked += 1;
  if (!answered) unanswered += 1;
  slowestMs = Math.max(slowestMs, performance.now() - started);
  const asleep = performance.now();
  await sleep(INTERVAL_MS);
  ownDelayMs = Math.max(ownDelayMs, performance.now() - asleep - INTERVAL_MS);
}
console.log(
  JSON.stringify({ asked, unanswered, slowestMs, ownDelayMs, residentBytes: resident } satisfies Probed),
);

/** On a connection of its own, as `traffic-mirror status` does. */
function ask(): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      { socketPath, path: '/status', agent: false, timeout: ANSWER_TIMEOUT_MS },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode === 200));
        response.on('error', () => resolve(false));
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

/** proc(5), VmRSS; 0 when the process is gone. */
function residentBytes(): number {
  try {
    const [, kibibytes = '0'] =
      /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kibibytes) * KIBIBYTE;
  } catch {
    return 0;
  }
}
