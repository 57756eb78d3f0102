/**
 * Packets that devices of a namespace have received, asked for while a load runs: a shell waits in the namespace, so that
 * asking costs the machine no new process.
 */
import type { ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Namespace } from '../../lab/namespaces.js';

const END = 'end';
/** For every line that it reads it prints /proc/net/dev; builtins of sh only. */
const SHELL = `while read -r _; do while read -r line; do echo "$line"; done < /proc/net/dev; echo ${END}; done`;
/** Place of the received packets behind the name of the device. */
const RX_PACKETS_FIELD = 1;

export class DevicePackets {
  readonly #shell: ChildProcess;
  readonly #devices: readonly string[];
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  /** @param devices whose packets are summed. */
  constructor(namespace: Namespace, devices: readonly string[]) {
    this.#devices = devices;
    this.#shell = namespace.spawn('sh', ['-c', SHELL], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#shell.stdout === null) throw new Error('sh has no output');
    this.#reader = createInterface({ input: this.#shell.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** Packets received so far. One question at a time. @throws Error when the shell ended. */
  async read(): Promise<number> {
    this.#shell.stdin?.write('\n');
    let text = '';
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error('the shell that reads /proc/net/dev ended');
      if (value === END) return receivedPackets(text, this.#devices);
      text += `${value}\n`;
    }
  }

  close(): void {
    this.#reader.close();
    this.#shell.kill();
  }
}

/** Sum of the received packets of the devices. @param text of /proc/net/dev. @throws Error when it lacks one. */
export function receivedPackets(text: string, devices: readonly string[]): number {
  const received = new Map(
    text.split('\n').map((line): [string, number] => {
      const [device = '', fields = ''] = line.split(':');
      return [device.trim(), Number(fields.trim().split(/\s+/)[RX_PACKETS_FIELD])];
    }),
  );
  return devices.reduce((sum, device) => {
    const packets = received.get(device);
    if (packets === undefined) throw new Error(`/proc/net/dev has no ${device}`);
    return sum + packets;
  }, 0);
}
