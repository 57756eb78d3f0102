/** What clients of the control API try in the quick part of `npm run attack`. */
import t from 'tap';
import { skipUnless } from '../fixtures/live/requirements.js';
import { testAttacks } from '../fixtures/live/traffic/attacks.js';

t.test('clients', { skip: skipUnless('nft', 'python3') }, (t) => testAttacks(t, ['client']));
