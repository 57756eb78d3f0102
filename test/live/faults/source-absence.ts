/** A source that is not there yet, and one without traffic: rows S5 and S6 of the fault matrix. */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { IO_PATHS, type IoPath, skipIo, skipUnless } from '../../fixtures/live/requirements.js';
import { createVeth, FaultySource, veth } from '../../fixtures/live/traffic/faulty-source.js';

const skip = skipUnless('tcpdump');
const QUIET_MS = 1000;

async function absentAtStart(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t);
  stand.host.ip('link', 'del', 'veth0');
  const source = await FaultySource.start(t, stand, {
    io,
    source: { device: 'veth0' },
    entrances: veth(stand),
    isThere: false,
  });
  await source.waiting('device veth0 does not exist');
  await source.checkIdle('waiting for a device');
  createVeth(stand);
  await source.recover('appeared');
  const { lanes } = await source.end();
  for (const { direction, timesLost, blindSeconds } of lanes) {
    t.equal(timesLost, 0, `${direction}: was never there before`);
    t.ok(blindSeconds >= 2, `${direction}: blind for ${blindSeconds} s`);
  }
}

async function withoutCarrier(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t);
  const { client } = stand;
  const source = await FaultySource.start(t, stand, {
    io,
    source: { device: 'veth0' },
    entrances: veth(stand),
  });
  const before = await source.daemon.until('carrier', ({ lanes }) => lanes.every(({ carrier }) => carrier));
  client.ip('link', 'set', 'veth1', 'down');
  const without = await source.daemon.until('no carrier', ({ lanes }) =>
    lanes.every(({ carrier }) => !carrier),
  );
  for (const { direction, state, reason } of without.lanes) {
    t.strictSame([state, reason], ['capturing', ''], `${direction}: no fault`);
  }
  await sleep(QUIET_MS);
  client.ip('link', 'set', 'veth1', 'up');
  await source.daemon.until('carrier again', ({ lanes }) => lanes.every(({ carrier }) => carrier));
  await source.prove('connected again');
  t.notMatch(source.daemon.log(), 'source not available', 'nothing is wrong');
  const { lanes } = await source.end();
  for (const [index, { direction, since, timesLost, blindSeconds }] of lanes.entries()) {
    const { since: sinceBefore, blindSeconds: blindBefore } = before.lanes[index]!;
    t.strictSame([timesLost, blindSeconds, since], [0, blindBefore, sinceBefore], `${direction}: never lost`);
  }
}

for (const io of IO_PATHS) {
  const skipped = skip || skipIo(io);
  t.test(`S5: absent at the start, ${io}`, { skip: skipped }, (t) => absentAtStart(t, io));
  t.test(`S6: no carrier, ${io}`, { skip: skipped }, (t) => withoutCarrier(t, io));
}
