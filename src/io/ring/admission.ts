/** What a source's ring lets in: the program in front of it, which changes with the lanes, and nothing while it has no device. */
import { REJECT_ALL } from '../../linux/classic-bpf.js';
import type { BpfInstruction } from '../../wire/bpf-instruction.js';
import type { CaptureRing } from '../capture-ring.js';
import { type ByDirection, type EmitProgram, setRingFilter } from './ring-filter.js';

export class Admission {
  /** What the ring is to let in. */
  #filters: ByDirection<EmitProgram>;
  #isOpen = false;
  /** The program that lets it in; undefined until the kernel has taken one. */
  #program: readonly BpfInstruction[] | undefined;

  constructor(filters: ByDirection<EmitProgram>) {
    this.#filters = filters;
  }

  /** The ring lets frames in. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Changes what the ring lets in, if it lets in anything now. @throws LinuxError */
  change(filters: ByDirection<EmitProgram>, ring: CaptureRing | undefined): void {
    this.#filters = filters;
    this.#program = undefined;
    if (this.#isOpen && ring !== undefined) this.apply(ring);
  }

  /** @throws LinuxError */
  open(ring: CaptureRing): void {
    if (this.#isOpen) return;
    this.apply(ring);
    this.#isOpen = true;
  }

  /** Has a ring let in what is due, such as one that is to take another's place. @throws LinuxError */
  apply(ring: CaptureRing): void {
    if (this.#program === undefined) this.#program = setRingFilter(ring, this.#filters);
    else ring.setFilter(this.#program);
    ring.ignoreOutgoing(this.#filters.egress === undefined);
  }

  /** Lets nothing more in. The ring stays bound: of the device, which has another name now, nothing is wanted. */
  close(ring: CaptureRing | undefined): void {
    if (!this.#isOpen) return;
    ring?.setFilter(REJECT_ALL);
    this.#isOpen = false;
  }

  /** There is no ring any more. */
  forget(): void {
    this.#isOpen = false;
  }
}
