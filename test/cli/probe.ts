/** `status --live` and `--ready` against a status socket: what is printed, and the exit code. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { serveStatus } from '../../src/status/status-server.js';
import { COMMAND, environment, skipWithoutBuild } from '../fixtures/live/daemon/command.js';
import { laneStatus, statusOf } from '../fixtures/status/status.js';

t.test('probes by command', { skip: skipWithoutBuild }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'tm-probe-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const config = join(directory, 'config.yaml');
  writeFileSync(config, JSON.stringify({ state: { directory } }));
  /** Not synchronously: the socket is served here. */
  const run = async (...options: readonly string[]): Promise<readonly [unknown, string, string]> => {
    const args = [COMMAND, 'status', '--config', config, ...options];
    const child = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text;
      });
    }
    const [code] = await once(child, 'close');
    return [code, said.stdout, said.stderr];
  };
  const [code, , none] = await run('--live');
  t.equal(code, 1);
  t.match(none, `no daemon answers on ${directory}/status.sock: `);
  const missing = { sourceId: 'eni-b', state: 'waiting', reason: 'device eth9 does not exist' } as const;
  let lanes = [laneStatus('ingress'), laneStatus('ingress', missing)];
  const server = await serveStatus(directory, () => statusOf({ lanes }));
  t.teardown(() => server.close());
  const note = 'note: source eni-b ingress: device eth9 does not exist\n';
  t.strictSame(await run('--live'), [0, 'live\n', '']);
  t.strictSame(await run('--ready'), [0, `ready\n${note}`, '']);
  t.strictSame(await run('--live', '--ready'), [0, `live\nready\n${note}`, '']);
  lanes = [laneStatus('ingress', { state: 'waiting', reason: 'device eth0 is down' }), ...lanes.slice(1)];
  const reason = 'not ready: source eni-web ingress: device eth0 is down\n';
  t.strictSame(await run('--ready'), [1, '', reason]);
  t.strictSame(await run('--live', '--ready'), [1, 'live\n', reason]);
});
