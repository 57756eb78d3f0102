/** tcpdump on the target's device: every copy that arrives, and when. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Namespace } from '../../lab/namespaces.js';
import type { Frame } from '../../src/io/frame.js';
import { PcapFileSource } from '../../src/io/pcap/pcap-source.js';

/** Ethernet, IPv4, UDP and VXLAN headers in front of the mirrored frame. */
const OUTER_BYTES = 14 + 20 + 8 + 8;
const BUFFER_KIBIBYTES = '65536';
const BUDGET = 1000;

/** A copy without its outer headers. */
export interface Copy {
  /** When it arrived, since 1970. */
  readonly timeMs: number;
  /** Hexadecimal. */
  readonly frame: string;
}

export class CopyRecording {
  readonly #process: ChildProcess;
  readonly #file: string;
  #said = '';

  private constructor(child: ChildProcess, file: string) {
    this.#process = child;
    this.#file = file;
  }

  /** Resolves when tcpdump captures. @throws Error when it ends. */
  static async start(namespace: Namespace, device: string, file: string): Promise<CopyRecording> {
    const writing = ['-n', '-U', '-Z', 'root', '--immediate-mode', '-B', BUFFER_KIBIBYTES, '-w', file];
    const child = namespace.spawn('tcpdump', [...writing, '-i', device, '-Q', 'in', 'udp dst port 4789'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const recording = new CopyRecording(child, file);
    if (child.stderr === null) throw new Error('tcpdump has no output');
    const lines = createInterface({ input: child.stderr });
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        recording.#said += `${line}\n`;
        if (line.includes('listening on')) resolve();
      });
      child.once('error', reject);
      child.once('close', () => reject(new Error(`tcpdump ended: ${recording.#said}`)));
    });
    return recording;
  }

  /** Ends the recording. @returns all of it. @throws Error when tcpdump lost a packet. */
  async end(): Promise<Copy[]> {
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGINT');
    await closed;
    if (!/\b0 packets dropped by kernel/.test(this.#said)) throw new Error(`tcpdump: ${this.#said}`);
    return readCopies(this.#file);
  }
}

function readCopies(file: string): Copy[] {
  const copies: Copy[] = [];
  const source = new PcapFileSource(file);
  const consumer = {
    consume: ({ bytes, offset, capturedLength }: Frame) => {
      const frame = Buffer.from(bytes.subarray(offset + OUTER_BYTES, offset + capturedLength)).toString(
        'hex',
      );
      copies.push({ timeMs: source.seconds * 1000 + source.nanoseconds / 1e6, frame });
    },
    endBatch: () => {},
  };
  while (source.pull(consumer, BUDGET) > 0);
  source.close();
  return copies;
}
