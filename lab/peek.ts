/** `traffic-mirror peek` beside the lab's daemon: the copies that it makes, as lines of text. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { COMMAND } from './daemon.js';

export interface Peek {
  /** Ends it. @returns the lines that it printed, and its summary. */
  end(): Promise<{ readonly lines: readonly string[]; readonly summary: string }>;
}

/** Resolves when the daemon serves it. @param configFile of the daemon. @throws Error when it does not (rejects). */
export async function startPeek(configFile: string): Promise<Peek> {
  const child = spawn(process.execPath, [COMMAND, 'peek', '--config', configFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  const lines: string[] = [];
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line);
      if (line.startsWith('peeking at')) resolve();
    });
    child.once('close', () => reject(new Error(`peek ended: ${said.join('; ')}`)));
  });
  return {
    async end() {
      child.kill('SIGINT');
      await ended;
      return { lines, summary: said.at(-1) ?? '' };
    },
  };
}
