/** Warnings about CIDR blocks that were written with host bits, as `10.0.0.1/24`: what they mean may not be meant. */
import { hostBitsHint } from '../resources/address.js';
import { show } from '../resources/parsed.js';
import { RULE_LISTS, type TrafficMirrorFilter } from '../resources/traffic-mirror-filter.js';
import type { ValueProblem } from './problem.js';

const BLOCKS = ['sourceCidrBlock', 'destinationCidrBlock'] as const;

/** Filters as they are in the file: plain data, of which nothing was refused. */
interface WrittenFilters {
  readonly trafficMirrorFilters?: readonly Readonly<
    Record<string, readonly Readonly<Record<string, unknown>>[]>
  >[];
}

/** @param filters as they were checked: their blocks have no host bits. @param written the file that they stand in */
export function hostBitsWarnings(filters: readonly TrafficMirrorFilter[], written: unknown): ValueProblem[] {
  const { trafficMirrorFilters = [] } = written as WrittenFilters;
  return filters.flatMap((filter, index) =>
    Object.values(RULE_LISTS).flatMap((list) =>
      filter[list].flatMap((rule, place) =>
        BLOCKS.flatMap((key) => {
          const block = trafficMirrorFilters[index]?.[list]?.[place]?.[key];
          // Nearly all are written as they were checked, and need no arithmetic.
          const hint = block === rule[key] ? undefined : hostBitsHint(block as string);
          const path = ['trafficMirrorFilters', index, list, place, key];
          return hint === undefined ? [] : [{ path, text: `${show(block)} ${hint}` }];
        }),
      ),
    ),
  );
}
