/** A real `traffic-mirror receive` in a namespace, for the lab and the bench. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ReceiveReport } from '../src/receive/report.js';
import { COMMAND } from './daemon.js';
import type { Namespace } from './namespaces.js';

export interface RunningReceiver {
  readonly process: ChildProcess;
  /** Ends it in order. @returns its last counts. @throws Error for an exit code (rejects) */
  end(): Promise<ReceiveReport>;
}

/**
 * Resolves when it listens.
 * @param wrapper a command that starts it by exec, such as taskset. @throws Error with what it complained of (rejects)
 */
export async function startReceiver(
  namespace: Namespace,
  args: readonly string[],
  wrapper: readonly string[] = [],
): Promise<RunningReceiver> {
  const [command = '', ...rest] = [...wrapper, process.execPath, COMMAND, 'receive', '--json', ...args];
  const child = namespace.spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = once(child, 'close');
  if (child.stderr === null) throw new Error('receive has no output');
  let said = '';
  for await (const line of createInterface({ input: child.stderr })) {
    said += `${line}\n`;
    if (line.startsWith('receiving ')) break;
  }
  if (!said.includes('receiving ')) throw new Error(`receive: ${said}`);
  child.stderr.resume();
  return {
    process: child,
    async end() {
      child.kill('SIGINT');
      const [code] = await ended;
      if (code !== 0) throw new Error(`receive ended with ${code}`);
      return JSON.parse(output) as ReceiveReport;
    },
  };
}
