/** The Delete actions. */
import type { Structure } from '../answer.js';
import type { Ec2Call } from '../ec2-call.js';
import { Ec2Error } from '../ec2-error.js';
import type { Kind } from '../records.js';
import { rulesOf, withRules } from '../rules.js';

/**
 * A target that sessions of its owner use stays. Sessions of other accounts, with which it is shared, become
 * inactive instead: they cannot keep the owner from taking the target back.
 */
export function deleteTrafficMirrorTarget(call: Ec2Call): Promise<Structure> {
  return deleteResource(call, 'targets', 'TrafficMirrorTargetId', (id) => {
    const users = call.context.catalog
      .sessionsOfTarget(id)
      .filter(({ ownerId }) => ownerId === call.accountId);
    requireUnused('Target', id, users[0]?.resource.trafficMirrorSessionId);
  });
}

/** Its rules go with it. */
export function deleteTrafficMirrorFilter(call: Ec2Call): Promise<Structure> {
  return deleteResource(call, 'filters', 'TrafficMirrorFilterId', (id) => {
    const [user] = call.context.catalog.sessionsOfFilter(id);
    requireUnused('Filter', id, user?.resource.trafficMirrorSessionId);
  });
}

export function deleteTrafficMirrorSession(call: Ec2Call): Promise<Structure> {
  return deleteResource(call, 'sessions', 'TrafficMirrorSessionId', () => {});
}

export async function deleteTrafficMirrorFilterRule(call: Ec2Call): Promise<Structure> {
  const id = call.parameters.requiredText('TrafficMirrorFilterRuleId');
  call.finish();
  const { filter } = call.requireOwnRule(id);
  const key = filter.resource.trafficMirrorFilterId;
  call.requireOwn('filters', key);
  call.endDryRun();
  const left = rulesOf(filter.resource).filter((place) => place.id !== id);
  const resource = withRules(filter.resource, left);
  await call.context.store.commit([{ table: 'filters', key, value: { ...filter, resource } }]);
  return { trafficMirrorFilterRuleId: id };
}

async function deleteResource(
  call: Ec2Call,
  kind: Kind,
  parameter: string,
  requireDeletable: (id: string) => void,
): Promise<Structure> {
  const id = call.parameters.requiredText(parameter);
  call.finish();
  call.requireOwn(kind, id);
  requireDeletable(id);
  call.endDryRun();
  await call.context.store.commit([{ table: kind, key: id, value: undefined }]);
  return { [parameter.charAt(0).toLowerCase() + parameter.slice(1)]: id };
}

function requireUnused(what: 'Target' | 'Filter', id: string, sessionId: string | undefined): void {
  if (sessionId === undefined) return;
  throw new Ec2Error(`TrafficMirror${what}InUse`, `Cannot delete ${id}. ${what} is in use by ${sessionId}`);
}
