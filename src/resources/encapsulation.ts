/**
 * In which headers copies travel to a receiver. A target says it, or the interface, load balancer or endpoint behind it,
 * for targets of the control API, which has no word for it.
 */
import type { EncapsulationName, EncapsulationOption, EncapsulationPlan } from '../plan/mirror-plan.js';
import { type Draft, entries } from './draft.js';
import type { CodedProblem, DeclarationCode, ProblemPath } from './problem.js';

/** What targets and receivers say of the headers of copies. */
export interface Encapsulated {
  /** Absent: what the receiver of the target says, else vxlan. */
  readonly encapsulation?: EncapsulationName;
  /** Each once, only with geneve; absent: none. */
  readonly encapsulationOptions?: readonly EncapsulationOption[];
}

/** The encapsulation of copies to a target. Options stand where the encapsulation does. */
export function encapsulatedAs(target: Encapsulated, receiver: Encapsulated = {}): Encapsulated {
  return target.encapsulation === undefined ? receiver : target;
}

/** The plan of an encapsulation; undefined: VXLAN. @param networkInterfaceId of the source */
export function encapsulationPlan(
  { encapsulation: name = 'vxlan', encapsulationOptions: options = [] }: Encapsulated,
  networkInterfaceId: string,
): EncapsulationPlan | undefined {
  if (name === 'vxlan') return undefined;
  return {
    name,
    ...(options.length > 0 && { options }),
    ...(options.includes('networkInterface') && { networkInterface: networkInterfaceId }),
  };
}

/** Reports `options-without-geneve` and `duplicate-option`, at the first option that is wrong. */
export function checkEncapsulation(
  item: Draft<Encapsulated>,
  path: ProblemPath,
): CodedProblem<DeclarationCode>[] {
  const { encapsulation, encapsulationOptions = [] } = item;
  const place = [...path, 'encapsulationOptions'];
  const isRefused = 'encapsulation' in item && encapsulation === undefined;
  if (encapsulation !== 'geneve' && !isRefused && encapsulationOptions.length > 0) {
    const text = 'only GENEVE has options: encapsulation: geneve is to stand beside them';
    return [{ path: place, code: 'options-without-geneve', text }];
  }
  const seen = new Set<EncapsulationOption>();
  for (const [index, option] of entries(encapsulationOptions)) {
    if (seen.has(option))
      return [{ path: [...place, index], code: 'duplicate-option', text: `${option} is listed before` }];
    seen.add(option);
  }
  return [];
}
