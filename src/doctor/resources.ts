/** What the configuration declares and nobody uses; sessions, or a configuration, that mirror nothing. */
import type { InactiveSessionPlan } from '../plan/mirror-plan.js';
import type { Facts } from './facts.js';
import { type Finding, finding } from './finding.js';
import { shellWord } from './shell-word.js';

/** Reports `no-sessions`, `session-inactive`, `filter-unused` and `target-unused`. */
export function checkResources({ plan, resources, hasApi, daemon }: Facts): Finding[] {
  const inactive = (plan.inactiveSessions ?? []).map(describeInactive);
  const none = plan.sources.length > 0 || inactive.length > 0 ? inactive : [noSessions(hasApi)];
  // Where clients make sessions, those of the file may be for them.
  if (resources === undefined || (hasApi && daemon.kind === 'not-asked')) return none;
  const used = [...plan.sources.flatMap(({ sessions }) => sessions), ...(plan.inactiveSessions ?? [])];
  const targets = new Set(used.map(({ targetId }) => targetId));
  const filters = new Set(resources.trafficMirrorSessions.map((session) => session.trafficMirrorFilterId));
  return [
    ...none,
    ...resources.trafficMirrorFilters
      .filter(({ trafficMirrorFilterId }) => !hasApi && !filters.has(trafficMirrorFilterId))
      .map(({ trafficMirrorFilterId: id }) =>
        finding(
          'hint',
          'filter-unused',
          id,
          `no session has the filter ${id}`,
          `trafficMirrorSessions: trafficMirrorFilterId: ${shellWord(id)}, or take it away`,
        ),
      ),
    ...resources.trafficMirrorTargets
      .filter(({ trafficMirrorTargetId }) => !hasApi && !targets.has(trafficMirrorTargetId))
      .map(({ trafficMirrorTargetId: id }) =>
        finding(
          'hint',
          'target-unused',
          id,
          `no session has the target ${id}`,
          `trafficMirrorSessions: trafficMirrorTargetId: ${shellWord(id)}, or take it away`,
        ),
      ),
  ];
}

function describeInactive({ id, cause, reason }: InactiveSessionPlan): Finding {
  const remedies: Partial<Record<typeof cause, string>> = {
    listener: 'networkLoadBalancers: listeners: [{ protocol: UDP, port: 4789 }]',
    zone: 'networkLoadBalancers: crossZone: true, or an address with the availabilityZone of the source',
  };
  const another = `aws ec2 modify-traffic-mirror-session --traffic-mirror-session-id ${id} # give it another, or share it again`;
  const text = `session ${id} mirrors nothing: ${reason}`;
  return finding('error', 'session-inactive', id, text, remedies[cause] ?? another);
}

function noSessions(hasApi: boolean): Finding {
  const text = hasApi
    ? 'there is no session yet, so nothing is mirrored until a client of the control API makes one'
    : 'there is no session, so nothing is mirrored';
  const remedy = hasApi
    ? 'aws ec2 create-traffic-mirror-session …'
    : 'trafficMirrorSessions: - { … }; docs/configuration.md';
  return finding(hasApi ? 'hint' : 'error', 'no-sessions', 'configuration', text, remedy);
}
