/**
 * Ring I/O under more load than it can mirror: it keeps going, stays small, answers; every frame is read or
 * counted as dropped by the ring; and nothing is dropped any more once the load falls.
 */
import t from 'tap';
import {
  checkSums,
  readSum,
  ringDroppedSum,
  sessionSum,
  skippedSum,
} from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { ENGINES, skipUnless } from '../fixtures/live/requirements.js';
import { Load } from '../fixtures/live/traffic/load.js';
import { copiesAt, overload, settle } from '../fixtures/live/traffic/overload.js';

const CALM_SECONDS = 3;
const CALM_RATE = 20_000;

t.test('overload', { skip: skipUnless('nft') }, async (t) => {
  const stand = buildStand(t, { silentTarget: true });
  const daemon = await stand.start(
    stand.configure({ ...mirrorEverything('veth0', 5), engine: ENGINES.ring }),
  );
  const { generated, arrivedBefore } = await overload(t, stand, daemon);
  const status = await settle(stand, daemon, arrivedBefore);
  checkSums(t, status, 'after the load');
  t.comment(
    `${generated.sent} frames sent (${generated.refused} refused by the device), ${readSum(status)} read, ` +
      `${ringDroppedSum(status)} dropped by the ring, ${sessionSum(status, 'mirrored')} mirrored, ` +
      `${skippedSum(status)} skipped`,
  );
  t.equal(readSum(status) + ringDroppedSum(status), generated.sent, 'read + dropped by the ring = sent');
  t.equal(
    copiesAt(stand) - arrivedBefore,
    sessionSum(status, 'mirrored'),
    'as many copies arrived as were mirrored',
  );

  const calm = await new Load(stand, CALM_SECONDS, CALM_RATE).end();
  const after = await daemon.until(
    'every frame of the calm counted',
    (now) => readSum(now) + ringDroppedSum(now) >= generated.sent + calm.sent,
  );
  t.comment(`${calm.sent} frames at ${CALM_RATE} a second`);
  t.equal(ringDroppedSum(after), ringDroppedSum(status), 'nothing is dropped once the load has fallen');
  t.equal(readSum(after), readSum(status) + calm.sent, 'every frame is read');
  const settled = await settle(stand, daemon, arrivedBefore);
  checkSums(t, settled, 'in the end');
  t.equal(skippedSum(settled), skippedSum(status), 'nothing is skipped either');
  t.equal(await daemon.stop(), 0, 'exit code');
});
