/** Namespaces of our own: made, joined, and gone afterwards whatever happens. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { joinByVeth, Namespaces } from '../../../lab/namespaces.js';
import { buildTopology } from '../../../lab/topology.js';
import { environment } from '../../fixtures/live/daemon/command.js';
import { waitFor } from '../../fixtures/live/daemon/waiting.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { fromRoot } from '../../fixtures/root.js';

const skip = skipUnless('ping');

/** Those that are there now. */
function existing(): string[] {
  return execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
}

t.test('two joined namespaces', { skip }, async (t) => {
  const namespaces = new Namespaces();
  t.teardown(() => namespaces.close());
  const [a, b] = [namespaces.add('a'), namespaces.add('b')];
  joinByVeth(
    { namespace: a, device: 'left', addresses: ['10.4.0.1/24', 'fd00:4::1/64'], mtu: 1400 },
    { namespace: b, device: 'right', addresses: ['10.4.0.2/24', 'fd00:4::2/64'] },
  );
  t.ok(
    [a, b].every(({ name }) => existing().includes(name)),
    'they are there',
  );
  t.match(a.run('ping', '-c', '1', '-W', '2', '10.4.0.2'), /1 received/, 'IPv4');
  t.match(b.run('ping', '-c', '1', '-W', '2', 'fd00:4::1'), /1 received/, 'IPv6, at once');
  t.match(a.run('ping', '-c', '1', '-W', '2', '127.0.0.1'), /1 received/, 'the loopback is up');
  t.equal(JSON.parse(a.ip('-j', 'link', 'show', 'left'))[0].mtu, 1400);
  t.equal(a.run('printf', '%s', 'a b'), 'a b', 'arguments stay whole');
  t.throws(() => a.ip('link', 'set', 'nope', 'up'), /^ip -n .*: Cannot find device "nope"$/);
  t.throws(() => a.run('sh', '-c', 'echo what went wrong >&2; exit 3'), /: what went wrong$/);

  const sleeping = b.spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(sleeping, 'spawn');
  const ended = once(sleeping, 'exit');
  // Until ip has become the command, the process is not in the namespace.
  await waitFor(
    'a process inside',
    () => execFileSync('ip', ['netns', 'pids', b.name], { encoding: 'utf8' }),
    (pids) => pids !== '',
  );
  namespaces.close();
  t.same(await ended, [null, 'SIGKILL'], 'what runs inside is ended');
  t.notOk(
    [a, b].some(({ name }) => existing().includes(name)),
    'and they are gone',
  );
  namespaces.close();
});

t.test('the topology', { skip }, async (t) => {
  const { namespaces, client, host, ids } = buildTopology({ sourceMtu: 1300, targets: 3, targetMtu: 1600 });
  t.teardown(() => namespaces.close());
  const mtuOf = (namespace: typeof host, device: string): number =>
    JSON.parse(namespace.ip('-j', 'link', 'show', device))[0].mtu;
  t.same([mtuOf(host, 'veth0'), mtuOf(client, 'veth1')], [1300, 1300]);
  t.same([mtuOf(host, 'mir0'), mtuOf(ids, 'ids0')], [1600, 1600]);
  for (const target of ['10.9.0.2', '10.9.0.3', '10.9.0.4']) {
    t.match(host.run('ping', '-c', '1', '-W', '2', target), /1 received/, target);
  }
});

t.test('a process that is ended removes what it made', { skip }, async (t) => {
  const module = pathToFileURL(fromRoot('dist/lab/namespaces.js')).href;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const code = `const { Namespaces } = await import('${module}');
      const { name } = new Namespaces().add('short');
      process.stdout.write(name);
      setTimeout(() => {}, 60_000);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [name] = await once(child.stdout.setEncoding('utf8'), 'data');
    t.ok(existing().includes(name), name);
    child.kill(signal);
    t.same(await once(child, 'exit'), [130, null], signal);
    t.notOk(existing().includes(name), `${signal}: it is gone`);
  }
});
