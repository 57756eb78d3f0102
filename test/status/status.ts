/** Packets per second between two statuses. */
import t from 'tap';
import { packetRates } from '../../src/status/status.js';
import { statusOf } from '../fixtures/status/status.js';

t.test('rates', async (t) => {
  const now = statusOf({ uptimeSeconds: 10 });
  t.same(packetRates(now, undefined), { mirrored: 7.3, skipped: 1.8 }, 'since the start');
  const [source] = now.sources;
  const later = { uptimeSeconds: 12, sources: [{ ...source!, NetworkPacketsMirrorOut: 103 }] };
  t.same(packetRates(later, now), { mirrored: 50, skipped: 0 }, 'since the last look');
  t.same(packetRates(now, now), { mirrored: 0, skipped: 0 }, 'no time has passed');
});
