/** Whole daemons and one state directory: many that start at once, one whose state file is moved away, and bad places. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateTrafficMirrorFilterCommand,
  DescribeTrafficMirrorFiltersCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import t, { type Test } from 'tap';
import { readStatus } from '../../src/status/status-server.js';
import { COMMAND } from '../fixtures/live/daemon/command.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { INVENTORY, startControlApi } from '../fixtures/live/daemon/control-api.js';
import { descendantsOf, survivorsOf } from '../fixtures/live/daemon/processes.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { skipUnless } from '../fixtures/live/requirements.js';

const STARTS = Number(process.env.STATE_STARTS ?? 20);
/** STATE_STARTS says how many. The second time, the one that runs is killed while the others start. */
const ROUNDS = 2;
const BAD_START_LIMIT_MS = 20_000;

interface Started {
  readonly child: ChildProcess;
  stderr: string;
  readonly ended: Promise<number | null>;
}

function start({ host }: Stand, configFile: string): Started {
  const child = host.spawn(process.execPath, [COMMAND, 'run', '--config', configFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const started: Started = {
    child,
    stderr: '',
    ended: once(child, 'close').then(([code]) => code as number | null),
  };
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    started.stderr += text;
  });
  return started;
}

/** Resolves when all but one have ended. */
async function untilOneIsLeft(all: readonly Started[]): Promise<Started> {
  const left = new Set(all);
  await new Promise<void>((resolve) => {
    for (const one of all) {
      void one.ended.then(() => {
        left.delete(one);
        if (left.size === 1) resolve();
      });
    }
  });
  const [survivor] = left;
  if (survivor === undefined) throw new Error('none is left');
  return survivor;
}

t.test(`${STARTS} starts at once`, { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t);
  const configFile = stand.configure({ ...mirrorEverything('veth0', 5), engine: { io: 'ring' } });
  let running: Started | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const all = Array.from({ length: STARTS }, () => start(stand, configFile));
    running?.child.kill('SIGKILL');
    const survivor = await untilOneIsLeft(all);
    const refused = all.filter((one) => one !== survivor);
    t.same(new Set(await Promise.all(refused.map(({ ended }) => ended))), new Set([1]), 'exit codes');
    const wrong = refused.filter(({ stderr }) => !/^a daemon with pid \d+ already uses \S+\n$/.test(stderr));
    t.same(
      wrong.map(({ stderr }) => stderr),
      [],
      'one clear line each',
    );
    const status = await untilAnswering(stand.directory);
    t.equal(status.pid, survivor.child.pid, 'the one that is left answers');
    running = survivor;
  }
  const pid = running?.child.pid ?? 0;
  for (const engine of descendantsOf(pid)) {
    t.notOk(openFiles(engine).includes(join(stand.directory, 'lock')), 'an engine does not have the lock');
  }
  t.ok(openFiles(pid).includes(join(stand.directory, 'lock')), 'the daemon has');
  const engines = descendantsOf(pid);
  t.ok(engines.length > 0, 'there is an engine');
  running?.child.kill('SIGTERM');
  t.equal(await running?.ended, 0, 'exit code of the last');
  t.same(await survivorsOf(engines), []);
});

async function untilAnswering(directory: string) {
  const deadline = performance.now() + BAD_START_LIMIT_MS;
  for (;;) {
    const status = await readStatus(directory).catch((error: Error) => error);
    if (!(status instanceof Error)) return status;
    if (performance.now() > deadline) throw status;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${name}`)];
    } catch {
      return [];
    }
  });
}

t.test('a state file that is moved away', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t, { targets: 2 });
  const api = await startControlApi(t, stand, { ...INVENTORY, engine: { io: 'ring' } });
  const path = join(stand.directory, 'api-state.jsonl');
  await create(api.client, 'first');
  renameSync(path, `${path}.away`);
  const error = (await create(api.client, 'second').catch((reason: Error) => reason)) as Error;
  t.match(error, { name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } });
  t.notMatch(error.message, stand.directory, 'no path is told');
  const line = new RegExp(`"level":50.*"reason":"${path}: it was moved away or deleted"`);
  t.match(api.daemon.log(), line, 'the log names the file');
  t.same(await filters(api.client), ['first']);
  renameSync(`${path}.away`, path);
  await create(api.client, 'third');
  t.same(await filters(api.client), ['first', 'third']);
  t.equal(await api.daemon.stop(), 0, 'exit code');
});

function create(client: EC2Client, description: string): Promise<unknown> {
  return client.send(new CreateTrafficMirrorFilterCommand({ Description: description }));
}

async function filters(client: EC2Client): Promise<(string | undefined)[]> {
  const { TrafficMirrorFilters = [] } = await client.send(new DescribeTrafficMirrorFiltersCommand({}));
  return TrafficMirrorFilters.map(({ Description }) => Description).sort();
}

t.test('a damaged state file', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t, { targets: 2 });
  const api = await startControlApi(t, stand, { ...INVENTORY, engine: { io: 'ring' } });
  const path = join(stand.directory, 'api-state.jsonl');
  await create(api.client, 'first');
  t.equal(await api.daemon.stop(), 0, 'exit code');
  writeFileSync(path, 'x', { flag: 'r+' });
  const { status, stderr } = runInHost(stand, ['run', '--config', api.configFile]);
  t.equal(status, 1, 'exit code');
  t.match(stderr, new RegExp(`^${path}:1: damaged record at byte 0: .*traffic-mirror state repair.*\n$`));
  t.equal(runInHost(stand, ['state', 'repair', '--config', api.configFile]).status, 0);
  rmSync(path);
});

const bad: readonly { name: string; directory: string; says: RegExp }[] = [
  {
    name: 'below /proc',
    directory: '/proc/traffic-mirror/state',
    says: /^state\.directory \/proc\/traffic-mirror\/state cannot be made: ENOENT.*\n$/,
  },
  {
    name: 'too long for its socket',
    directory: `/tmp/${'d'.repeat(100)}`,
    says: /^\S+ column \d+: state\.directory: expected an absolute path of at most 95 bytes, .* 107 bytes, .*\n$/,
  },
];

for (const { name, directory, says } of bad) {
  t.test(`a state directory ${name}`, { skip: skipUnless() }, async (t: Test) => {
    const stand = buildStand(t);
    const configFile = join(stand.directory, 'bad.json');
    writeFileSync(configFile, JSON.stringify({ ...mirrorEverything('veth0', 5), state: { directory } }));
    const { status, stderr } = runInHost(stand, ['run', '--config', configFile]);
    t.equal(status, 1, 'exit code');
    t.match(stderr, says, 'one clear line');
  });
}

/** Ended by force when it does not end by itself: its status is then null. */
function runInHost({ host }: Stand, args: readonly string[]) {
  return spawnSync('ip', ['netns', 'exec', host.name, process.execPath, COMMAND, ...args], {
    encoding: 'utf8',
    timeout: BAD_START_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
}
