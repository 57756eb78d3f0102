/** Quotas of an account, as EC2 refuses the first resource too many. */
import type { Quotas } from '../../resources/quotas.js';
import type { Ec2Call } from './ec2-call.js';
import { Ec2Error } from './ec2-error.js';
import type { Kind } from './kinds.js';

const CODES: Readonly<Record<keyof Quotas, string>> = {
  targets: 'TrafficMirrorTargetLimitExceeded',
  filters: 'TrafficMirrorFilterLimitExceeded',
  sessions: 'TrafficMirrorSessionLimitExceeded',
  rulesPerFilter: 'TrafficMirrorFilterRuleLimitExceeded',
  sessionsPerNetworkInterface: 'TrafficMirrorSessionsPerInterfaceLimitExceeded',
};

const WORDS: Readonly<Record<keyof Quotas, string>> = {
  targets: 'targets',
  filters: 'filters',
  sessions: 'sessions',
  rulesPerFilter: 'rules for the filter',
  sessionsPerNetworkInterface: 'sessions for the interface',
};

/** For one more resource of the caller's account. @throws Ec2Error `TrafficMirror…LimitExceeded` */
export function requireQuota(call: Ec2Call, kind: Kind): void {
  requireRoom(call, kind, call.context.catalog.count(kind, call.accountId));
}

/** @param count how many there are already. @throws Ec2Error `TrafficMirror…LimitExceeded` */
export function requireRoom(call: Ec2Call, quota: keyof Quotas, count: number): void {
  const limit = call.context.quotas()[quota];
  if (count < limit) return;
  throw new Ec2Error(
    CODES[quota],
    `The maximum number of Traffic Mirror ${WORDS[quota]} (${limit}) is reached`,
  );
}
