/** Availability zones and their ids. */
import t from 'tap';
import { zoneIdOf, zonesIn } from '../../../src/api/inventory/zones.js';

const rows: readonly [zone: string, id: string][] = [
  ['us-east-1a', 'use1-az1'],
  ['us-east-1f', 'use1-az6'],
  ['eu-central-1b', 'euc1-az2'],
  ['ap-northeast-2c', 'apne2-az3'],
  ['us-gov-west-1a', 'usgovw1-az1'],
  ['rack 7', 'rack 7'],
  ['', ''],
];

for (const [zone, id] of rows) t.equal(zoneIdOf(zone), id, zone);

t.same(zonesIn('us-east-1', ['us-east-1c', 'us-east-1a', 'us-east-1c', 'dc']), [
  'dc',
  'us-east-1a',
  'us-east-1c',
]);
