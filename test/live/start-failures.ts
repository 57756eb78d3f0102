/** A start that fails, at each of its steps, and a stop whenever it comes: the daemon ends, and leaves nothing behind. */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { COMMAND } from '../fixtures/live/daemon/command.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import {
  ENDING_ENGINES,
  FIRST_ENGINE_FALSE,
  failingListen,
  startEnginesBy,
  WITHOUT_NET_RAW,
} from '../fixtures/live/daemon/fault-script.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { skipUnless } from '../fixtures/live/requirements.js';

/** Longest life of a daemon that fails at its start, on a busy machine. */
const END_LIMIT_MS = 15_000;
/** Longest orderly stop: the daemon's own limit, and what a busy machine adds. */
const STOP_LIMIT_MS = 5000 + 3000;
/** Longest stop when only an engine hangs. */
const HANGING_ENGINE_LIMIT_MS = 4000;
const POLL_MS = 20;
const NO_OPTIONS = 'NODE_OPTIONS=';

interface Run {
  readonly process: ChildProcess;
  readonly output: () => string;
  /** @returns how it ended, or undefined when it did not. */
  readonly end: (limitMs: number) => Promise<{ code: number | null; signal: string | null } | undefined>;
}

function start({ host }: Stand, configFile: string, variables: readonly string[]): Run {
  const command = [...variables, process.execPath, COMMAND, 'run', '--config', configFile];
  // Both outputs in one pipe: so they come in the order in which they were written.
  const joined = ['-c', 'exec "$@" 2>&1', 'sh', 'env', ...command];
  const child = host.spawn('sh', joined, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  const end: Run['end'] = (limitMs) => Promise.race([ended, sleep(limitMs, undefined, { ref: false })]);
  return { process: child, output: () => output, end };
}

/** Waits for what a daemon logs. @throws Error when it does not. */
async function untilLogged(run: Run, text: string): Promise<void> {
  const deadline = performance.now() + END_LIMIT_MS;
  while (!run.output().includes(text)) {
    if (performance.now() > deadline) throw new Error(`never logged: ${text}\n${run.output()}`);
    await sleep(POLL_MS);
  }
}

function processesIn({ host }: Stand): string {
  return execFileSync('ip', ['netns', 'pids', host.name], { encoding: 'utf8' });
}

async function checkNothingLeft(t: Test, stand: Stand): Promise<void> {
  const processes = (): string => processesIn(stand);
  const deadline = performance.now() + END_LIMIT_MS;
  while (processes() !== '' && performance.now() < deadline) await sleep(POLL_MS);
  t.equal(processes(), '', 'no process is left');
  const sockets = readdirSync(stand.directory, { withFileTypes: true }).filter((entry) => entry.isSocket());
  t.strictSame(sockets, [], 'and no socket');
}

const account = { accountId: '111122223333', users: [] };

interface Row {
  readonly step: string;
  /** Beside what mirrors everything. */
  readonly sections?: (directory: string) => object;
  readonly prepare?: (directory: string) => void;
  readonly variables?: readonly string[];
  readonly exitCode: number;
  readonly says: RegExp;
}

const ROWS: readonly Row[] = [
  {
    step: 'the state directory cannot be made',
    sections: () => ({ state: { directory: '/etc/hostname/state' } }),
    exitCode: 1,
    says: /ENOTDIR|not a directory/,
  },
  {
    step: 'the status socket cannot be made',
    prepare: (directory) => {
      mkdirSync(`${directory}/status.sock`);
      writeFileSync(`${directory}/status.sock/file`, '');
    },
    exitCode: 1,
    says: /status\.sock/,
  },
  ...['status.sock', 'metrics.sock', 'api.sock'].map((name) => ({
    step: `${name} listens, and fails then`,
    sections: (directory: string) => ({
      metrics: { listen: `unix:${directory}/metrics.sock` },
      api: { listen: `unix:${directory}/api.sock`, accounts: [account] },
    }),
    variables: [failingListen(name)],
    exitCode: 1,
    says: /EIO: \S+ listens, and fails/,
  })),
  {
    step: 'metrics cannot listen',
    sections: () => ({ metrics: { listen: 'unix:/nowhere/metrics.sock' } }),
    exitCode: 1,
    says: /metrics\.listen unix:\/nowhere/,
  },
  {
    step: 'the api cannot listen',
    sections: (directory) => ({
      metrics: { listen: `unix:${directory}/metrics.sock` },
      api: { listen: 'unix:/nowhere/api.sock', accounts: [account] },
    }),
    exitCode: 1,
    says: /api\.listen unix:\/nowhere/,
  },
  {
    step: 'the api has no key',
    sections: (directory) => ({
      metrics: { listen: `unix:${directory}/metrics.sock` },
      api: {
        listen: '127.0.0.1:9911',
        tls: { certificateFile: '/nowhere/certificate.pem', keyFile: '/nowhere/key.pem' },
        accounts: [account],
      },
    }),
    exitCode: 1,
    says: /certificateFile/,
  },
  {
    step: 'engines cannot be started',
    variables: [startEnginesBy('/nowhere/node')],
    exitCode: 1,
    says: /it cannot be started: spawn \/nowhere\/node ENOENT/,
  },
  {
    step: 'engines are another program',
    variables: [startEnginesBy('/bin/false')],
    exitCode: 1,
    says: /engine ended with 1/,
  },
  { step: 'engines end', variables: [ENDING_ENGINES], exitCode: 1, says: /engine ended with 5/ },
  {
    step: 'the plan is refused',
    variables: [WITHOUT_NET_RAW],
    exitCode: 3,
    says: /^not permitted: .*CAP_NET_RAW/m,
  },
];

for (const { step, sections, prepare, variables = [NO_OPTIONS], exitCode, says } of ROWS) {
  // Engines that are tried several times may take longer than lines of the log are held back.
  const isBeforeEngines = !/^engine|plan/.test(step.replace('the ', ''));
  t.test(step, { skip: skipUnless('setpriv') }, async (t) => {
    const stand = buildStand(t);
    stand.host.ip('link', 'set', 'lo', 'up');
    prepare?.(stand.directory);
    const configFile = stand.configure(mirrorEverything('veth0', 5));
    const more = { ...JSON.parse(readFileSync(configFile, 'utf8')), ...sections?.(stand.directory) };
    writeFileSync(configFile, JSON.stringify(more));
    const run = start(stand, configFile, variables);
    t.match(await run.end(END_LIMIT_MS), { code: exitCode, signal: null }, `exit code: ${run.output()}`);
    t.match(run.output(), says);
    const lines = run.output().split('\n');
    const reason = lines.findIndex((line) => says.test(line));
    if (isBeforeEngines) t.equal(reason, 0, 'the reason comes first');
    else
      t.ok(
        reason < lines.findIndex((line) => line.includes('final counts')),
        'the reason comes before counts',
      );
    t.notMatch(run.output(), /^\s+at /m, 'no stack trace');
    await checkNothingLeft(t, stand);
  });
}

t.test('a service manager that cannot be told', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t);
  const configFile = stand.configure(mirrorEverything('veth0', 5));
  const run = start(stand, configFile, [NO_OPTIONS, 'NOTIFY_SOCKET=/nowhere/notify']);
  await untilLogged(run, '"capturing"');
  t.match(run.output(), /service manager cannot be told/, 'is told of, and is no reason to fail');
  run.process.kill('SIGTERM');
  t.strictSame(await run.end(STOP_LIMIT_MS), { code: 0, signal: null });
  await checkNothingLeft(t, stand);
});

t.test('a stop at any moment of the start', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t);
  stand.host.ip('link', 'set', 'lo', 'up');
  const configFile = stand.configure({
    ...mirrorEverything('veth0', 5),
    metrics: { listen: `unix:${stand.directory}/metrics.sock` },
    api: { listen: `unix:${stand.directory}/api.sock`, accounts: [account] },
  });
  const timed = start(stand, configFile, [NO_OPTIONS]);
  const startedMs = performance.now();
  await untilLogged(timed, '"capturing"');
  const wholeMs = performance.now() - startedMs;
  timed.process.kill('SIGTERM');
  t.strictSame(await timed.end(STOP_LIMIT_MS), { code: 0, signal: null });
  for (let part = 1; part <= 12; part++) {
    const run = start(stand, configFile, [NO_OPTIONS]);
    await sleep((wholeMs * part) / 12);
    run.process.kill('SIGTERM');
    const end = await run.end(STOP_LIMIT_MS);
    // Before it is asked for, a signal has its usual effect.
    const isGood = end?.code === 0 || (end?.signal === 'SIGTERM' && run.output() === '');
    t.ok(
      isGood,
      `after ${Math.round((wholeMs * part) / 12)} ms: ${JSON.stringify(end)} ${isGood ? '' : run.output()}`,
    );
    await checkNothingLeft(t, stand);
  }
});

async function stopped(t: Test, stand: Stand, run: Run, limitMs: number): Promise<unknown> {
  const startedMs = performance.now();
  run.process.kill('SIGTERM');
  const end = await run.end(limitMs);
  t.comment(`ended after ${Math.round(performance.now() - startedMs)} ms`);
  await checkNothingLeft(t, stand);
  return end;
}

function enginesOf(stand: Stand, run: Run): number[] {
  const pids = processesIn(stand).split('\n').filter(Boolean).map(Number);
  return pids.filter((pid) => pid !== run.process.pid);
}

t.test('a stop with an engine that hangs', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t);
  const run = start(stand, stand.configure(mirrorEverything('veth0', 5)), [NO_OPTIONS]);
  await untilLogged(run, '"capturing"');
  for (const pid of enginesOf(stand, run)) process.kill(pid, 'SIGSTOP');
  t.strictSame(await stopped(t, stand, run, HANGING_ENGINE_LIMIT_MS), { code: 0, signal: null });
});

t.test('a stop asked for again', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t);
  const run = start(stand, stand.configure(mirrorEverything('veth0', 5)), [NO_OPTIONS]);
  await untilLogged(run, '"capturing"');
  for (const pid of enginesOf(stand, run)) process.kill(pid, 'SIGSTOP');
  run.process.kill('SIGTERM');
  run.process.kill('SIGINT');
  await sleep(700);
  const insistedMs = performance.now();
  run.process.kill('SIGINT');
  t.strictSame(await run.end(STOP_LIMIT_MS), { code: 70, signal: null }, 'is carried out at once');
  t.ok(performance.now() - insistedMs < 900, `${Math.round(performance.now() - insistedMs)} ms`);
  t.match(run.output(), /"reason":"asked to end again".*ended without waiting any longer/);
  await checkNothingLeft(t, stand);
});

t.test('a stop with clients that hang', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t);
  const paths = ['status', 'metrics', 'api'].map((name) => `${stand.directory}/${name}.sock`);
  const configFile = stand.configure({
    ...mirrorEverything('veth0', 5),
    metrics: { listen: `unix:${paths[1]}` },
    api: { listen: `unix:${paths[2]}`, accounts: [account] },
  });
  const run = start(stand, configFile, [NO_OPTIONS]);
  await untilLogged(run, '"control api listens"');
  const clients = await Promise.all(
    paths.flatMap((path) => [hang(path, ''), hang(path, 'POST / HTTP/1.1\r\n')]),
  );
  t.teardown(() => {
    for (const client of clients) client.destroy();
  });
  t.strictSame(await stopped(t, stand, run, STOP_LIMIT_MS), { code: 0, signal: null });
});

async function hang(path: string, text: string): Promise<Socket> {
  const socket = connect(path);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  socket.write(text);
  return socket;
}

/** Something that an engine started holds its output open, so that its end is never told. */
t.test('a stop that nothing can bring about', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t);
  const program = `${stand.directory}/node`;
  const text = `#!/bin/sh\nsleep 30 &\nexec ${process.execPath} "$@"\n`;
  writeFileSync(program, text, { mode: 0o755 });
  const run = start(stand, stand.configure(mirrorEverything('veth0', 5)), [startEnginesBy(program)]);
  await untilLogged(run, '"capturing"');
  const startedMs = performance.now();
  run.process.kill('SIGTERM');
  t.strictSame(await run.end(STOP_LIMIT_MS), { code: 70, signal: null }, 'is given up');
  t.comment(`ended after ${Math.round(performance.now() - startedMs)} ms`);
  t.match(run.output(), /"reason":"something does not end".*ended without waiting any longer/);
  for (const pid of enginesOf(stand, run)) process.kill(pid, 'SIGKILL');
});

t.test('an engine that ends once at the start', { skip: skipUnless() }, async (t) => {
  const stand = buildStand(t);
  const run = start(stand, stand.configure(mirrorEverything('veth0', 5)), [FIRST_ENGINE_FALSE]);
  await untilLogged(run, '"capturing"');
  t.match(run.output(), /"engine ended"/, 'is started again');
  run.process.kill('SIGTERM');
  t.strictSame(await run.end(STOP_LIMIT_MS), { code: 0, signal: null });
  await checkNothingLeft(t, stand);
});
