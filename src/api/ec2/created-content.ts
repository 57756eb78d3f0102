/** What the Create actions answer with: the resource as it is. */
import type { Structure } from './answer.js';
import { filterContent, ruleContent, sessionContent, targetContent } from './contents.js';
import type { Ec2Call } from './ec2-call.js';
import { notFound, type ResourceType } from './kinds.js';

/** @throws Ec2Error `….NotFound` when it is no longer there */
export function createdContent({ context }: Ec2Call, type: ResourceType, id: string): Structure {
  const { catalog } = context;
  switch (type) {
    case 'targets':
      return { trafficMirrorTarget: targetContent(required(catalog.find('targets', id), type, id)) };
    case 'filters':
      return { trafficMirrorFilter: filterContent(required(catalog.find('filters', id), type, id)) };
    case 'rules': {
      const { filter, ...place } = required(catalog.findRule(id), type, id);
      return { trafficMirrorFilterRule: ruleContent(filter.resource.trafficMirrorFilterId, place) };
    }
    case 'sessions':
      return { trafficMirrorSession: sessionContent(required(catalog.find('sessions', id), type, id)) };
  }
}

function required<Found>(found: Found | undefined, type: ResourceType, id: string): Found {
  if (found === undefined) throw notFound(type, id);
  return found;
}
