/** Routes as this machine's kernel has them. The watch looks again and again, so it runs in a process that is ended. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import type { RouteReport } from '../../src/targets/route.js';
import { skipWithoutBuild } from '../fixtures/live/daemon/command.js';
import { fromRoot } from '../fixtures/root.js';

function routesTo(...addresses: readonly string[]): RouteReport[] {
  const dist = pathToFileURL(fromRoot('dist/src/')).href;
  const module = `const { RouteWatch } = await import('${dist}targets/route.js');
const { encapsulationOf } = await import('${dist}encapsulate/encapsulations.js');
const told = [];
const watch = new RouteWatch((route) => told.push(route.address));
const targets = new Map(${JSON.stringify(addresses)}.map((address) => [address, encapsulationOf()]));
const routes = await watch.watch(targets);
await watch.watch(targets);
if (told.length !== routes.length) throw new Error('told ' + told);
process.stdout.write(JSON.stringify(routes), () => process.exit());`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', module], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as RouteReport[];
}

const skip = skipWithoutBuild || (!networkInterfaces().lo && 'lo is not up');

t.test('routes', { skip }, async (t) => {
  const mtu = Number(readFileSync('/sys/class/net/lo/mtu', 'utf8'));
  const [loopback, broadcast, nowhere] = routesTo('127.0.0.1', '255.255.255.255', 'fe80::1%nope0');
  t.match(loopback, { device: 'lo', sourceAddress: '127.0.0.1', mtu, port: 4789, reason: '' });
  // An IPv4 packet has at most 65,535 bytes.
  t.equal(loopback?.maximumInnerLength, Math.min(mtu, 65_535) - 36);
  t.match(broadcast, { device: '', mtu: 0, maximumInnerLength: 0, reason: /./ }, 'one that is refused');
  t.match(nowhere, { device: '', reason: 'device nope0 does not exist' });
});
