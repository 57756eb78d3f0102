/**
 * From a plan to the function that decides every frame of one source and direction:
 *
 *     plan --lower--> IR --simplify--> IR --emit-javascript--> evaluate
 *
 * `interpret.ts` gives the same verdicts straight from the plan; tests hold the two equal.
 */
import type { Decoded } from '../decode/decoded.js';
import type { Direction, SourcePlan } from '../plan/mirror-plan.js';
import { emitJavaScript } from './emit-javascript.js';
import type { Fragment } from './fragment.js';
import { lower } from './lower.js';
import { type Simplified, simplify } from './simplify.js';
import type { Outcome } from './verdict.js';

/** Decides one frame: a verdict of verdict.ts. Allocates nothing, throws nothing. */
type Evaluate = (decoded: Decoded) => number;

export interface CompiledFilter {
  readonly evaluate: Evaluate;
  /** What a verdict >= 0 means; order: see lower.ts. */
  readonly outcomes: readonly Outcome[];
  /** What the back ends work from, and what simplify dropped: for `explain`. */
  readonly ir: Simplified;
  /** The source of `evaluate`. */
  readonly javascript: string;
}

/** Throws RangeError or TypeError only for what no plan made from resources holds. */
export function compile(source: SourcePlan, direction: Direction): CompiledFilter {
  const { program, outcomes } = lower(source, direction);
  const ir = simplify(program);
  const javascript = emitJavaScript(ir.program);
  return { evaluate: instantiate(javascript), outcomes, ir, javascript: String(javascript) };
}

/** The one place where text becomes code. */
function instantiate(body: Fragment): Evaluate {
  return new Function(String(body))() as Evaluate;
}
