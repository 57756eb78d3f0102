/** DescribeRegions and DescribeAvailabilityZones: the one region of the control API, and the zones of what is in it. */
import { zonesOf } from '../inventory/load-balancers.js';
import { zoneIdOf, zonesIn } from '../inventory/zones.js';
import { describeInventory } from './describe-inventory.js';
import type { Actions, Ec2Call } from './ec2-call.js';
import { Ec2Error } from './ec2-error.js';
import { type Fields, valueless } from './lists.js';
import type { Structure } from './response.js';

/** Nobody has to ask for a region or a zone. */
const OPT_IN = 'opt-in-not-required';

const AVAILABLE = 'available';

const ZONE_TYPE = 'availability-zone';

/** As clients before 2023 document them. */
const OLD_NAMES = ['parent-zoneID', 'parent-zoneName'];

const REGION_FIELDS: Fields<string> = {
  'opt-in-status': () => OPT_IN,
  'region-name': (region) => region,
  // Clients are told the endpoint by their users.
  ...valueless(['endpoint']),
};

/** The actions of this file by name. */
export const REGION_ACTIONS = {
  DescribeAvailabilityZones: describeAvailabilityZones,
  DescribeRegions: describeRegions,
} satisfies Actions;

function describeRegions(call: Ec2Call): Promise<Structure> {
  return describeInventory(call, {
    ids: { RegionName: (region: string) => region },
    missing: (name) => new Ec2Error('InvalidParameterValue', `Invalid region provided: '${name}'`),
    pages: 'none',
    switches: ['AllRegions'],
    name: 'regionInfo',
    fields: REGION_FIELDS,
    itemsOf: () => [call.region],
    contentOf: (regionName) => ({ regionName, optInStatus: OPT_IN }),
  });
}

function describeAvailabilityZones(call: Ec2Call): Promise<Structure> {
  const { region } = call;
  return describeInventory(call, {
    ids: { ZoneName: (zone: string) => zone, ZoneId: zoneIdOf },
    missing: (name) => new Ec2Error('InvalidParameterValue', `Invalid availability zone: [${name}]`),
    pages: 'none',
    switches: ['AllAvailabilityZones'],
    name: 'availabilityZoneInfo',
    fields: zoneFields(region),
    itemsOf: ({ interfaces }) =>
      zonesIn(region, [
        ...interfaces.map(({ place }) => place.availabilityZone),
        ...call.context.catalog.declared.networkLoadBalancers.flatMap((one) => zonesOf(one, region)),
      ]),
    contentOf: (zoneName) => ({
      zoneName,
      zoneId: zoneIdOf(zoneName),
      zoneState: AVAILABLE,
      zoneType: ZONE_TYPE,
      regionName: region,
      groupName: region,
      networkBorderGroup: region,
      optInStatus: OPT_IN,
      messageSet: [],
    }),
  });
}

function zoneFields(region: string): Fields<string> {
  return {
    'group-name': () => region,
    'opt-in-status': () => OPT_IN,
    'region-name': () => region,
    state: () => AVAILABLE,
    'zone-id': zoneIdOf,
    'zone-name': (zone) => zone,
    'zone-type': () => ZONE_TYPE,
    ...valueless(['group-long-name', 'message', 'parent-zone-id', 'parent-zone-name', ...OLD_NAMES]),
  };
}
