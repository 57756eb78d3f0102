/** CreateTrafficMirrorFilter. */
import type { TrafficMirrorFilter } from '../../../resources/traffic-mirror-filter.js';
import type { Structure } from '../answer.js';
import { createOnce } from '../create-once.js';
import type { Ec2Call } from '../ec2-call.js';
import { newId } from '../kinds.js';
import { requireQuota } from '../quotas.js';
import type { Entry } from '../records.js';
import { readDescription, readTagSpecifications } from '../values.js';

export function createTrafficMirrorFilter(call: Ec2Call): Promise<Structure> {
  const { parameters, context } = call;
  const description = readDescription(parameters);
  const tags = readTagSpecifications(parameters, 'filters');
  const allow = (): void => call.allowCreation('filters', tags);
  return createOnce(call, 'filters', allow, () => {
    requireQuota(call, 'filters');
    const resource: TrafficMirrorFilter = {
      trafficMirrorFilterId: newId('filters'),
      networkServices: [],
      ingressFilterRules: [],
      egressFilterRules: [],
      ...(description !== undefined && { description }),
      tags,
    };
    const entry: Entry<TrafficMirrorFilter> = {
      ownerId: call.accountId,
      order: context.catalog.nextOrder(),
      resource,
    };
    return {
      id: resource.trafficMirrorFilterId,
      changes: [{ table: 'filters', key: resource.trafficMirrorFilterId, value: entry }],
    };
  });
}
