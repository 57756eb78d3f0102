/** ModifyTrafficMirrorFilterNetworkServices. */
import { parseOneOf } from '../../../resources/text.js';
import { NETWORK_SERVICES } from '../../../resources/traffic-mirror-filter.js';
import type { Structure } from '../answer.js';
import { filterContent } from '../contents.js';
import type { Ec2Call } from '../ec2-call.js';
import { invalidCombination } from '../ec2-error.js';
import { requireParsed } from '../values.js';

/** Adding a service that is there, or removing one that is not, changes nothing and is no error. */
export async function modifyTrafficMirrorFilterNetworkServices(call: Ec2Call): Promise<Structure> {
  const { parameters, context } = call;
  const id = parameters.requiredText('TrafficMirrorFilterId');
  const added = readServices(call, 'AddNetworkService');
  const removed = readServices(call, 'RemoveNetworkService');
  const both = added.find((service) => removed.includes(service));
  if (both !== undefined) {
    throw invalidCombination(`The network service ${both} cannot be added and removed in one request`);
  }
  call.finish();

  const entry = call.requireOwn('filters', id);
  const old = entry.resource.networkServices;
  const networkServices = NETWORK_SERVICES.filter(
    (service) => !removed.includes(service) && (old.includes(service) || added.includes(service)),
  );
  call.endDryRun();
  const changed = { ...entry, resource: { ...entry.resource, networkServices } };
  await context.store.commit([{ table: 'filters', key: id, value: changed }]);
  return { trafficMirrorFilter: filterContent(changed) };
}

function readServices({ parameters }: Ec2Call, name: string) {
  return parameters
    .texts(name)
    .map((service) => requireParsed(parseOneOf(service, NETWORK_SERVICES), service, 'networkService'));
}
