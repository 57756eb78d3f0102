/** What the forms of sessions offer: sources, targets and filters, read once. */
import { useMemo } from 'react';
import type { Client } from '../../aws/client.js';
import { getStatus, type Status } from '../../aws/status.js';
import { FILTERS, type Filter } from '../../model/filter.js';
import { NETWORK_INTERFACES, type NetworkInterface } from '../../model/network-interface.js';
import { SESSIONS, type Session } from '../../model/session.js';
import { type SourceOption, sourceOptions } from '../../model/sources.js';
import { nameTag, type Tagged } from '../../model/tags.js';
import { isLoadBalanced, receiverOf, TARGETS, type Target, targetTypeText } from '../../model/target.js';
import { type Listing, useDescribe } from '../../parts/use-listing.js';
import { useRead } from '../../parts/use-read.js';

/** An option of a select. */
interface Option {
  readonly value: string;
  readonly label: string;
  readonly description: string;
}

/** Only interfaces with a device can be sources. */
const IN_USE = [{ Name: 'status', Value: ['in-use'] }];

const STATES_EVERY_MS = 5000;

/** What there is to choose from. */
export interface SessionChoices {
  readonly interfaces: Listing<NetworkInterface>;
  readonly sessions: Listing<Session>;
  readonly targets: Listing<Target>;
  readonly filters: Listing<Filter>;
  readonly sourceOptions: readonly SourceOption[];
  readonly targetOptions: readonly Option[];
  readonly filterOptions: readonly Option[];
  /** True when the target is a load balancer or an endpoint. False for one that is not known. */
  readonly isLoadBalanced: (targetId: string) => boolean;
}

/** Reads the choices. */
export function useSessionChoices(): SessionChoices {
  const interfaces = useDescribe(NETWORK_INTERFACES, { filters: IN_USE });
  const sessions = useDescribe(SESSIONS);
  const targets = useDescribe(TARGETS);
  const filters = useDescribe(FILTERS);
  const status = useRead(readTargetStates, 'targets', { everyMs: STATES_EVERY_MS }).data;
  const states = useMemo(
    () => new Map((status?.targets ?? []).map(({ targetId, state }) => [targetId, state])),
    [status],
  );
  return {
    interfaces,
    sessions,
    targets,
    filters,
    sourceOptions: useMemo(
      () => sourceOptions(interfaces.items, sessions.items),
      [interfaces.items, sessions.items],
    ),
    targetOptions: targets.items.map((target) =>
      targetOption(target, states.get(target.trafficMirrorTargetId)),
    ),
    filterOptions: filters.items.map(filterOption),
    isLoadBalanced: (targetId) =>
      targets.items.some((one) => one.trafficMirrorTargetId === targetId && isLoadBalanced(one)),
  };
}

function readTargetStates(client: Client, signal: AbortSignal): Promise<Status> {
  return getStatus(client, signal, { Include: ['targets'] });
}

function targetOption(target: Target, state: string | undefined): Option {
  const parts = [`${targetTypeText(target)} ${receiverOf(target)}`, state, `owner ${target.ownerId}`];
  return {
    value: target.trafficMirrorTargetId,
    label: labelOf(target.trafficMirrorTargetId, target),
    description: parts.filter(Boolean).join(' · '),
  };
}

function filterOption(filter: Filter): Option {
  const { ingressFilterRules: inbound, egressFilterRules: outbound, networkServices } = filter;
  const counts = `${inbound.length} inbound, ${outbound.length} outbound rules`;
  return {
    value: filter.trafficMirrorFilterId,
    label: labelOf(filter.trafficMirrorFilterId, filter),
    description: [counts, ...networkServices].join(' · '),
  };
}

function labelOf(id: string, item: Tagged): string {
  const name = nameTag(item);
  return name === undefined ? id : `${id} (${name})`;
}
