/** What users of the host, the network, the disk and operators do in the quick part of `npm run attack`. */
import t from 'tap';
import { skipUnless } from '../fixtures/live/requirements.js';
import { testAttacks } from '../fixtures/live/traffic/attacks.js';

t.test('host', { skip: skipUnless('nft', 'python3') }, (t) =>
  testAttacks(t, ['user', 'network', 'disk', 'operator']),
);
