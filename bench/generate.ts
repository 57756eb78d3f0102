/** A load of the lab's generator, in a namespace, until its end. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Generated } from '../lab/generator.js';
import type { Namespace } from '../lab/namespaces.js';

const GENERATOR = fileURLToPath(new URL('../lab/generator.js', import.meta.url));

export interface GenerateOptions {
  /** Several, with a comma between them, take turns. */
  readonly device: string;
  readonly seconds: number;
  /** Packets a second; 0: as many as go. */
  readonly rate: number;
  /** In hexadecimal, sent in turn. */
  readonly frames: readonly string[];
  /** How long it sleeps while nothing is due; absent: not at all, which takes a whole processor. */
  readonly pauseMs?: number;
  /** Through the queue of the device, as programs of the host send: only then do captures on that device see it. */
  readonly isQueued?: boolean;
  /** The only processor that it runs on; absent: any. */
  readonly processor?: number;
}

/** Resolves when all is sent. @throws Error when the generator fails. */
export async function generate(namespace: Namespace, options: GenerateOptions): Promise<Generated> {
  const { device, seconds, rate, frames, pauseMs = 0, isQueued = false, processor } = options;
  const directory = mkdtempSync(join(tmpdir(), 'traffic-mirror-bench-'));
  try {
    const file = join(directory, 'frames.json');
    writeFileSync(file, JSON.stringify(frames));
    const way = isQueued ? ['queued'] : [];
    const pinned = processor === undefined ? [] : ['taskset', '--cpu-list', `${processor}`];
    const generator = [
      process.execPath,
      GENERATOR,
      device,
      `${seconds}`,
      `${rate}`,
      file,
      `${pauseMs}`,
      ...way,
    ];
    const [command = '', ...args] = [...pinned, ...generator];
    const child = namespace.spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`the generator on ${device} ended with ${code}`);
    return JSON.parse(output) as Generated;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
