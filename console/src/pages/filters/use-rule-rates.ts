/** Accepted packets per second of rules, live. */
import { useMemo, useState } from 'react';
import type { Client } from '../../aws/client.js';
import { unlessRefused } from '../../aws/errors.js';
import { getStatus, type Status } from '../../aws/status.js';
import type { Rule } from '../../model/rule.js';
import { ruleRates } from '../../model/rule-rates.js';
import { useRead } from '../../parts/use-read.js';
import { useStatus } from '../../parts/use-status.js';
import { sessionsOfFilters } from './sessions-of-filters.js';

/** The rate of a rule. Undefined: it rejects, or it is not known. */
export type RuleRateOf = (rule: Rule) => number | undefined;

/** GetStatus takes so many ids at most. */
const MAXIMUM_IDS = 100;
const EVERY_MS = 5000;

/** Rates of the rules of all filters. Reads the status again and again. */
export function useRuleRates(): RuleRateOf {
  return useRates(useStatus(['sessions']).data);
}

/** Rates of the rules of one filter: only the sessions that use it are read. */
export function useRuleRatesOf(filterId: string): RuleRateOf {
  const { data } = useRead((client, signal) => readSessions(client, filterId, signal), filterId, {
    everyMs: EVERY_MS,
  });
  return useRates(data);
}

/** The status of the sessions of a filter. Whose sessions are not to be listed, or too many to be named, gets that of all. */
async function readSessions(client: Client, filterId: string, signal: AbortSignal): Promise<Status> {
  const sessions = await unlessRefused(sessionsOfFilters(client, [filterId], signal));
  const ids = sessions?.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId);
  // Of a filter without sessions the status has the times alone.
  if (ids?.length === 0) return getStatus(client, signal, { Include: ['endpoints'] });
  const isNamed = ids !== undefined && ids.length <= MAXIMUM_IDS;
  return getStatus(client, signal, { Include: ['sessions'], ...(isNamed && { SessionIds: ids }) });
}

function useRates(data: Status | undefined): RuleRateOf {
  const [pair, setPair] = useState<{ before?: Status | undefined; now?: Status | undefined }>({});
  if (data !== pair.now && data?.countersSeconds !== pair.now?.countersSeconds) {
    setPair({ before: pair.now, now: data });
  }
  return useMemo(() => {
    const rates = ruleRates(pair.before, pair.now);
    return ({ ruleAction, trafficMirrorFilterRuleId: id }) =>
      ruleAction === 'accept' && rates !== undefined ? (rates.get(id) ?? 0) : undefined;
  }, [pair]);
}
