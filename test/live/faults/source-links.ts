/** A source's device goes down, away, under another name, and changes its size: rows S1 to S4 of the fault matrix. */
import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { Namespace } from '../../../lab/namespaces.js';
import { buildStand, type Stand } from '../../fixtures/live/daemon/stand.js';
import { IO_PATHS, type IoPath, skipIo, skipUnless } from '../../fixtures/live/requirements.js';
import { createVeth, FaultySource, veth } from '../../fixtures/live/traffic/faulty-source.js';

const skip = skipUnless('tcpdump');
const MISSING = 'device veth0 does not exist';
const DOWN = 'device veth0 is down';

function start(t: Test, io: IoPath): Promise<FaultySource> {
  const stand = buildStand(t);
  return FaultySource.start(t, stand, { io, source: { device: 'veth0' }, entrances: veth(stand) });
}

/** Many changes in one go. @param lines as after `ip`. */
function batch(namespace: Namespace, { directory }: Stand, lines: readonly string[]): void {
  const file = `${directory}/batch`;
  writeFileSync(file, `${lines.join('\n')}\n`);
  namespace.run('ip', '-batch', file);
}

function repeat(count: number, ...lines: readonly string[]): string[] {
  return Array.from({ length: count }, () => lines).flat();
}

async function downAndUp(t: Test): Promise<void> {
  const source = await start(t, 'ring');
  const { stand } = source;
  stand.host.ip('link', 'set', 'veth0', 'down');
  await source.waiting(DOWN);
  stand.host.ip('link', 'set', 'veth0', 'up');
  await source.recover('down and up');
  batch(stand.host, stand, repeat(100, 'link set veth0 down', 'link set veth0 up'));
  await source.recover('down and up 100 times');
  const { lanes } = await source.end();
  for (const { direction, timesLost, blindSeconds } of lanes) {
    t.ok(timesLost >= 2, `${direction}: lost ${timesLost} times`);
    t.ok(blindSeconds > 0, `${direction}: blind for ${blindSeconds} s`);
  }
}

async function deleteAndCreate(t: Test, io: IoPath): Promise<void> {
  const source = await start(t, io);
  const { stand } = source;
  stand.host.ip('link', 'del', 'veth0');
  const [lane] = await source.waiting(MISSING);
  t.equal(lane?.carrier, false);
  createVeth(stand);
  await source.recover('deleted and made anew');
  stand.host.ip('link', 'set', 'veth0', 'down');
  await source.waiting(DOWN);
  stand.host.ip('link', 'del', 'veth0');
  await source.waiting(MISSING);
  createVeth(stand);
  await source.recover('deleted while down, and made anew');
  await source.end();
}

async function deleteAndCreateOften(t: Test): Promise<void> {
  const source = await start(t, 'ring');
  const { stand } = source;
  const before = await source.descriptors();
  stand.host.ip('link', 'del', 'veth0');
  const started = performance.now();
  const make = `link add veth0 type veth peer name veth1 netns ${stand.client.name}`;
  batch(stand.host, stand, repeat(50, make, 'link set veth0 up', 'link del veth0'));
  t.comment(`50 devices of that name in ${Math.round(performance.now() - started)} ms`);
  createVeth(stand);
  await source.recover('deleted and made anew 50 times');
  t.equal(await source.descriptors(), before, 'as many descriptors as before');
  const { lanes } = await source.end();
  for (const { direction, timesLost } of lanes) t.ok(timesLost >= 1, `${direction}: lost ${timesLost} times`);
}

async function rename(t: Test, io: IoPath): Promise<void> {
  const source = await start(t, io);
  const { stand } = source;
  const { client, host } = stand;
  host.ip('link', 'set', 'veth0', 'name', 'away0');
  await source.waiting(MISSING);
  await source.sendUnseen({ namespace: client, device: 'veth1' });
  await source.sendUnseen({ namespace: host, device: 'away0' });

  createVeth(stand, 'veth0', 'veth2');
  client.ip('link', 'set', 'veth1', 'name', 'veth9');
  client.ip('link', 'set', 'veth2', 'name', 'veth1');
  await source.recover('another device took the name');
  await source.sendUnseen({ namespace: client, device: 'veth9' });
  await source.sendUnseen({ namespace: host, device: 'away0' });

  batch(host, stand, ['link set veth0 name other0', 'link set away0 name veth0']);
  client.ip('link', 'set', 'veth1', 'name', 'veth2');
  client.ip('link', 'set', 'veth9', 'name', 'veth1');
  await source.recover('the first device has its name back');
  await source.sendUnseen({ namespace: client, device: 'veth2' });
  await source.prove('at the end');
  await source.end();
}

async function changeMtu(t: Test, io: IoPath): Promise<void> {
  const source = await start(t, io);
  const { client, host } = source.stand;
  for (const mtu of [9000, 1280, 1500]) {
    client.ip('link', 'set', 'veth1', 'mtu', `${mtu}`);
    host.ip('link', 'set', 'veth0', 'mtu', `${mtu}`);
    await source.daemon.until(`an MTU of ${mtu}`, ({ lanes }) => lanes.every((lane) => lane.mtu === mtu));
    await source.prove(`MTU ${mtu}`);
  }
  const { lanes } = await source.end();
  for (const { direction, timesLost } of lanes) t.equal(timesLost, 0, `${direction}: never lost`);
}

t.test('S1: down and up 100 times, ring', { skip }, downAndUp);
t.test('S2: deleted and made anew 50 times in a row, ring', { skip }, deleteAndCreateOften);
for (const io of IO_PATHS) {
  const skipped = skip || skipIo(io);
  t.test(`S2: deleted and made anew, ${io}`, { skip: skipped }, (t) => deleteAndCreate(t, io));
  t.test(`S3: renamed, and another device takes the name, ${io}`, { skip: skipped }, (t) => rename(t, io));
  t.test(`S4: MTU, ${io}`, { skip: skipped }, (t) => changeMtu(t, io));
}
