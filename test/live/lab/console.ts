/** `npm run lab -- --console`, without its set-up: the console and the API are reached from here until Ctrl-C. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTrafficMirrorSessionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import t from 'tap';
import { readStatus } from '../../../src/status/status-server.js';
import { environment } from '../../fixtures/live/daemon/command.js';
import { descendantsOf, survivorsOf } from '../../fixtures/live/daemon/processes.js';
import { waitFor } from '../../fixtures/live/daemon/waiting.js';
import { namespacesOf } from '../../fixtures/live/network/namespaces.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { fromRoot } from '../../fixtures/root.js';

const LAB = fromRoot('dist/lab/main.js');

t.test('the console of the lab', { skip: skipUnless() }, async (t) => {
  const temporary = mkdtempSync(join(tmpdir(), 'tm-lab-'));
  t.teardown(() => rmSync(temporary, { recursive: true, force: true }));
  const env = { ...environment, TMPDIR: temporary };
  const child = spawn(process.execPath, [LAB, '--console'], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  t.teardown(() => child.kill());
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  await waitFor(
    'its words',
    () => output,
    (text) => child.exitCode !== null || /until Ctrl-C/.test(text),
  );
  const [, address = ''] = /console +(http:\S+)/.exec(output) ?? [];
  const [, accessKeyId = ''] = /Access key ID +(\S+)/.exec(output) ?? [];
  const [, secretAccessKey = ''] = /Secret access key +(\S+)/.exec(output) ?? [];
  t.match(address, /^http:\/\/127\.0\.0\.1:\d+\/console\/$/, output);

  const page = await fetch(address);
  t.equal(page.status, 200);
  t.match(await page.text(), /<div id="root">/);
  const endpoint = new URL(address).origin;
  const client = new EC2Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
  });
  t.teardown(() => client.destroy());
  const { TrafficMirrorSessions = [] } = await client.send(new DescribeTrafficMirrorSessionsCommand({}));
  t.equal(TrafficMirrorSessions.length, 3, 'those of config/lab.yaml');
  const [directory = ''] = readdirSync(temporary).filter((name) => name.startsWith('traffic-mirror-lab-'));
  const mirrored = async (): Promise<number[]> => {
    const { lanes } = await readStatus(join(temporary, directory));
    return lanes.map(({ sessions }) => sessions.reduce((sum, session) => sum + session.mirrored.packets, 0));
  };
  const before = await mirrored();
  await waitFor('more of it', mirrored, (now) => now.every((count, lane) => count > (before[lane] ?? 0)));

  const pid = child.pid!;
  const pids = descendantsOf(pid);
  t.ok(pids.length >= 4 && namespacesOf(pid).length === 3, 'in namespaces of its own');
  // As a terminal does, to the whole group.
  process.kill(-pid, 'SIGINT');
  t.same(await ended, [0, null], output);
  t.same(namespacesOf(pid), [], 'no namespace is left');
  t.same(await survivorsOf(pids), [], 'no process is left');
  t.same(readdirSync(temporary), [], 'no file is left');
  await t.rejects(fetch(address), 'and no port');
});

t.test('another option is refused', async (t) => {
  const child = spawn(process.execPath, [LAB, '--nonsense'], { env: environment, stdio: 'ignore' });
  t.same(await once(child, 'exit'), [2, null]);
});
