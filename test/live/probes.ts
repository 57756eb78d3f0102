/** Probes of a real daemon, over HTTP and by the command: what each says while sources and engines come and go. */
import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import type { Daemon } from '../../lab/daemon.js';
import { COMMAND, environment } from '../fixtures/live/daemon/command.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { askMetrics, METRICS_LISTEN } from '../fixtures/live/daemon/metrics-page.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';

interface Said {
  readonly code: number;
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
}

function ask(stand: Stand, path: string): Said {
  const { code, body } = askMetrics(stand, path);
  const { reasons, notes } = JSON.parse(body) as Said;
  return { code, reasons, notes };
}

function untilSaid(stand: Stand, path: string, code: number): Promise<Said> {
  return waitFor(
    `${path} to be ${code}`,
    () => ask(stand, path),
    (said) => said.code === code,
  );
}

/** `status --live` or `--ready`. */
function command(configFile: string, option: string): { code: number | null; output: string } {
  const args = [COMMAND, 'status', '--config', configFile, option];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: environment,
  });
  return { code: status, output: stdout + stderr };
}

async function comeAndGo(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t);
  const both = mirrorEverything('veth0', 5) as {
    readonly networkInterfaces: readonly object[];
    readonly trafficMirrorSessions: readonly object[];
  };
  const later = {
    ...both.trafficMirrorSessions[0],
    trafficMirrorSessionId: 'tms-later',
    networkInterfaceId: 'eni-later',
  };
  const file = stand.configure({
    ...both,
    networkInterfaces: [...both.networkInterfaces, { networkInterfaceId: 'eni-later', device: 'later0' }],
    trafficMirrorSessions: [...both.trafficMirrorSessions, later],
    engine: ENGINES[io],
    metrics: { listen: METRICS_LISTEN },
  });
  const { startDaemon } = await import('../../lab/daemon.js');
  const daemon = await startDaemon(stand.host, file, stand.directory);
  await daemon.until('veth0 captured', ({ lanes }) =>
    lanes.some(({ sourceId, state }) => sourceId === 'eni-source' && state === 'capturing'),
  );
  const notes = ['ingress', 'egress'].map(
    (direction) => `source eni-later ${direction}: device later0 does not exist`,
  );
  t.strictSame(await untilSaid(stand, '/readyz', 200), { code: 200, reasons: [], notes }, 'one may wait');
  t.strictSame(ask(stand, '/livez'), { code: 200, reasons: [], notes: [] });
  t.equal(ask(stand, '/healthz').code, 503, 'health is as it was');
  t.strictSame(command(file, '--live'), { code: 0, output: 'live\n' });
  t.strictSame(command(file, '--ready'), {
    code: 0,
    output: `ready\n${notes.map((note) => `note: ${note}\n`).join('')}`,
  });

  stand.host.ip('link', 'set', 'veth0', 'down');
  // With libpcap the engine ends first, and the next one finds the device down.
  await waitFor(
    '/readyz to be 503 for the source',
    () => ask(stand, '/readyz'),
    ({ code, reasons }) => code === 503 && reasons.every((reason) => reason.startsWith('source eni-source ')),
  );
  const { code, output } = command(file, '--ready');
  t.equal(code, 1);
  t.match(output, /^not ready: source eni-source /);
  stand.host.ip('link', 'set', 'veth0', 'up');
  await untilSaid(stand, '/readyz', 200);
  await stopEngine(t, stand, daemon, file);
  t.equal(await daemon.stop(), 0, 'exit code');
  t.equal(command(file, '--live').code, 1, 'no daemon is not live');
}

const ASK_FOR_EVER = 'while :; do curl -s "$0"; echo; sleep 0.02; done';

/** An engine that stands still for two seconds, and is then replaced. */
async function stopEngine(t: Test, stand: Stand, daemon: Daemon, file: string): Promise<void> {
  await untilSaid(stand, '/livez', 200);
  const { engines } = await daemon.status();
  const pid = engines[0]!.pid!;
  // It is replaced half a second after it is told: one who asks now and then would miss that.
  const asker = stand.host.spawn('sh', ['-c', ASK_FOR_EVER, `http://${METRICS_LISTEN}/livez`]);
  t.teardown(() => asker.kill());
  const told = createInterface(asker.stdout!);
  process.kill(pid, 'SIGSTOP');
  const reasons: string[] = [];
  for await (const line of told) {
    if (line === '') continue;
    const said = JSON.parse(line) as Said;
    if (said.reasons.length === 0 && reasons.length > 0) break;
    reasons.push(...said.reasons);
  }
  asker.kill();
  t.ok(
    reasons.every((reason) => /^engine \d+ has stood still|^an engine is not running/.test(reason)),
    [...new Set(reasons)].join(', '),
  );
  t.strictSame(command(file, '--live'), { code: 0, output: 'live\n' }, 'the next engine lives');
}

t.jobs = 2;
for (const io of IO_PATHS) {
  const skip = skipUnless('curl') || skipIo(io);
  t.test(`probes, ${io}`, { skip }, (t) => comeAndGo(t, io));
}
