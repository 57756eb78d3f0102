/** Two ways to one address, in one order. */
import t from 'tap';
import { TunnelHeader } from '../../../src/encapsulate/tunnel-header.js';
import { VXLAN } from '../../../src/encapsulate/vxlan.js';
import type { Frame } from '../../../src/io/frame.js';
import { OverflowSink } from '../../../src/io/ring/overflow-sink.js';
import type { PacketSink } from '../../../src/io/sink.js';
import { frameOf } from '../../fixtures/mirror/mirroring.js';

/** Holds copies back until it is flushed. */
class HoldingSink implements PacketSink {
  readonly isOpen = true;
  readonly maximumInnerLength: number;
  readonly #out: string[];
  readonly #name: string;
  #held: string[] = [];

  constructor(name: string, maximumInnerLength: number, out: string[]) {
    this.#name = name;
    this.maximumInnerLength = maximumInnerLength;
    this.#out = out;
  }

  send(_frame: Frame, innerLength: number): void {
    this.#held.push(`${this.#name} ${innerLength}`);
  }

  flush(): void {
    this.#out.push(...this.#held.splice(0));
  }
}

t.test('what is too long for the first goes the second way, in order', async (t) => {
  const out: string[] = [];
  const sink = new OverflowSink(new HoldingSink('first', 100, out), new HoldingSink('second', 500, out));
  t.equal(sink.maximumInnerLength, 500);
  const header = new TunnelHeader(VXLAN, 1);
  for (const length of [60, 100, 101, 500, 70, 300])
    sink.send(frameOf(new Uint8Array(500)), length, header, 50000, 0);
  t.same(out, ['first 60', 'first 100', 'second 101', 'second 500', 'first 70'], 'the last one waits');
  sink.flush();
  t.equal(out.at(-1), 'second 300');
});
