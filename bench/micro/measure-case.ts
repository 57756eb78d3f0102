/** One figure of the bench: a stage, what it is given, and what a frame costs there. */
import { do_not_optimize, measure } from 'mitata';

export interface Case {
  readonly stage: 'decode' | 'match' | 'encapsulate' | 'path' | 'send' | 'ring';
  readonly name: string;
  /** How many frames `pass` works on. */
  readonly frames: number;
  /** Once through the frames. @returns something that depends on all of them, so that V8 drops no work. */
  readonly pass: () => number;
}

export interface Figure {
  readonly stage: Case['stage'];
  readonly name: string;
  readonly medianNs: number;
  readonly bestNs: number;
}

/** Passes before any is counted: the optimising compiler is done by then. */
const WARM_UP_PASSES = 200;
const MEASURED_NS = 1e9;

export async function measureCase({ stage, name, frames, pass }: Case): Promise<Figure> {
  for (let warmUp = 0; warmUp < WARM_UP_PASSES; warmUp++) do_not_optimize(pass());
  // Without --expose-gc, what mitata has in place of a collection is an allocation of a gibibyte.
  const stats = await measure(() => do_not_optimize(pass()), { gc: false, min_cpu_time: MEASURED_NS });
  return { stage, name, medianNs: stats.p50 / frames, bestNs: stats.min / frames };
}
