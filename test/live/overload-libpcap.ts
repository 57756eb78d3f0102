/** libpcap I/O under more load than it can mirror: it keeps going, stays small, answers, and counts exactly. */
import t from 'tap';
import { checkSums, readSum, sessionSum, skippedSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { ENGINES, skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { copiesAt, overload, settle } from '../fixtures/live/traffic/overload.js';

t.test('overload', { skip: skipUnless('nft') || skipIo('libpcap') }, async (t) => {
  const stand = buildStand(t, { silentTarget: true });
  const daemon = await stand.start(
    stand.configure({ ...mirrorEverything('veth0', 5), engine: ENGINES.libpcap }),
  );
  const { generated, arrivedBefore } = await overload(t, stand, daemon);
  const status = await settle(stand, daemon, arrivedBefore);
  checkSums(t, status, 'after the load');
  const mirrored = sessionSum(status, 'mirrored');
  t.comment(
    `${generated.sent} frames sent, ${readSum(status)} read, ${mirrored} mirrored, ${skippedSum(status)} skipped`,
  );
  t.equal(copiesAt(stand) - arrivedBefore, mirrored, 'as many copies arrived as were mirrored');
  t.ok(readSum(status) <= generated.sent, 'no more read than sent');
  t.equal(await daemon.stop(), 0, 'exit code');
});
