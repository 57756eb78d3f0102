/** The names of what sessions refer to. */
import { useMemo } from 'react';
import { FILTERS } from '../../model/filter.js';
import { NETWORK_INTERFACES } from '../../model/network-interface.js';
import { deviceOf } from '../../model/sources.js';
import { nameTag, type Tagged } from '../../model/tags.js';
import { TARGETS } from '../../model/target.js';
import { useDescribe } from '../../parts/use-listing.js';

/** Names by id. */
export interface Names {
  readonly targets: ReadonlyMap<string, string>;
  readonly filters: ReadonlyMap<string, string>;
  /** `tmt-1 (Name)`. */
  readonly targetText: (id: string) => string;
  readonly filterText: (id: string) => string;
  /** `eni-1 (wan0)`. */
  readonly sourceText: (id: string) => string;
}

/** Reads the names. What cannot be read has none. @param ids of what is named; absent: all */
export function useNames(ids: { readonly target?: string; readonly filter?: string } = {}): Names {
  const targets = useDescribe(TARGETS, ids.target === undefined ? {} : { ids: [ids.target] }).items;
  const filters = useDescribe(FILTERS, ids.filter === undefined ? {} : { ids: [ids.filter] }).items;
  const interfaces = useDescribe(NETWORK_INTERFACES).items;
  return useMemo(() => {
    const targetNames = namesBy(targets, (one) => one.trafficMirrorTargetId);
    const filterNames = namesBy(filters, (one) => one.trafficMirrorFilterId);
    const devices = new Map(interfaces.map((one) => [one.networkInterfaceId, deviceOf(one)]));
    return {
      targets: targetNames,
      filters: filterNames,
      targetText: (id) => withName(id, targetNames.get(id)),
      filterText: (id) => withName(id, filterNames.get(id)),
      sourceText: (id) => withName(id, devices.get(id)),
    };
  }, [targets, filters, interfaces]);
}

function namesBy<T extends Tagged>(
  items: readonly T[],
  idOf: (item: T) => string,
): ReadonlyMap<string, string> {
  return new Map(
    items.flatMap((item) => {
      const name = nameTag(item);
      return name === undefined ? [] : [[idOf(item), name] as const];
    }),
  );
}

function withName(id: string, name: string | undefined): string {
  return name === undefined || name === id ? id : `${id} (${name})`;
}
