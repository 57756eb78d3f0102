/**
 * Compiles a plan to what decides every frame of one source and direction: a function, and a BPF program with which the
 * kernel drops most frames that no session wants:
 *
 *     plan --lower--> IR --simplify--> IR --javascript/emit--> evaluate
 *                                         --bpf/emit---------> bpf
 *
 * `interpret.ts` gives the same verdicts straight from the plan; tests hold them equal.
 */
import type { Decoded } from '../decode/decoded.js';
import { longestOverhead } from '../encapsulate/encapsulations.js';
import type { Direction, SourcePlan } from '../plan/mirror-plan.js';
import { type BpfLimits, type EmittedBpf, emitBpf, ORDINARY_LIMITS } from './bpf/emit.js';
import { emitJavaScript } from './javascript/emit.js';
import type { Fragment } from './javascript/fragment.js';
import { lower } from './lower.js';
import { type Simplified, simplify } from './simplify.js';
import type { Outcome } from './verdict.js';

/** Programs of one filter that are kept. */
const MOST_REMEMBERED = 8;

/** Decides one frame: a verdict of verdict.ts. Allocates nothing, throws nothing. */
type Evaluate = (decoded: Decoded) => number;

/** The filter of one source and direction. */
export interface CompiledFilter {
  readonly evaluate: Evaluate;
  /** The meaning of each verdict >= 0; for the order see lower.ts. */
  readonly outcomes: readonly Outcome[];
  /** The input of the back ends, and what simplify dropped: for `explain`. */
  readonly ir: Simplified;
  /** The source of `evaluate`. */
  readonly javascript: string;
  /**
   * Emits the pre-filter. Called again with a lower limit of instructions when the kernel refuses the program.
   * @param limits where they differ from ORDINARY_LIMITS.
   */
  readonly bpf: (limits?: Partial<BpfLimits>) => EmittedBpf;
}

/** Compiles a filter. @throws RangeError or TypeError, only for plans that were not built from resources. */
export function compile(source: SourcePlan, direction: Direction): CompiledFilter {
  const { program, outcomes } = lower(source, direction);
  const ir = simplify(program);
  const javascript = emitJavaScript(ir.program);
  const packetLengths = outcomes.map(({ sessionIndex }) => source.sessions[sessionIndex]?.packetLength);
  const options = { packetLengths, overhead: longestOverhead(source.sessions) };
  return {
    evaluate: instantiate(javascript),
    outcomes,
    ir,
    javascript: String(javascript),
    bpf: remembered((limits) => emitBpf(ir.program, { ...options, ...ORDINARY_LIMITS, ...limits })),
  };
}

/** Sources that share a filter ask for the same programs. */
function remembered(emit: (limits: Partial<BpfLimits>) => EmittedBpf): CompiledFilter['bpf'] {
  const known = new Map<string, EmittedBpf>();
  return (limits = {}) => {
    const key = JSON.stringify(limits);
    const program = known.get(key) ?? emit(limits);
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(key, program);
    return program;
  };
}

/** The one place where text becomes code. */
function instantiate(body: Fragment): Evaluate {
  return new Function(String(body))() as Evaluate;
}
