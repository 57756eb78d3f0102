/** `top` against a daemon that only has a status: on a terminal of 80 columns, and as plain text. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { serveStatus } from '../../src/status/status-server.js';
import { COMMAND, environment, skipWithoutBuild } from '../fixtures/live/daemon/command.js';
import { skipWithoutTool } from '../fixtures/live/oracle/tool.js';
import { statusOf } from '../fixtures/status/status.js';

const LIMIT_MS = 15_000;
const ENTER_SCREEN = '\x1b[?1049h';
const LEAVE_SCREEN = '\x1b[?1049l';

interface FakeDaemon {
  /** The configuration file that leads to it. */
  readonly config: string;
  /** Nobody answers until the next start. */
  readonly stop: () => Promise<void>;
  readonly start: (pid: number) => Promise<void>;
}

/** A daemon's status, two seconds older at each look. */
async function serve(t: Test, text = ''): Promise<FakeDaemon> {
  const directory = mkdtempSync(join(tmpdir(), 'tm-top-'));
  let server: { close: () => Promise<void> } | undefined;
  const stop = async (): Promise<void> => {
    await server?.close();
    server = undefined;
  };
  const start = async (pid: number): Promise<void> => {
    let uptimeSeconds = 10;
    server = await serveStatus(directory, () => {
      uptimeSeconds += 2;
      return statusOf({ uptimeSeconds, pid });
    });
  };
  t.teardown(async () => {
    await stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const config = join(directory, 'c.yaml');
  writeFileSync(config, `state: { directory: ${directory} }\n${text}`);
  await start(4711);
  return { config, stop, start };
}

interface Run {
  readonly output: () => string;
  readonly write: (text: string) => void;
  readonly end: (text: string) => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly exitCode: Promise<number | null>;
}

function start(command: string, args: readonly string[], variables: NodeJS.ProcessEnv = {}): Run {
  const { NO_COLOR, COLUMNS, ...inherited } = environment;
  const child = spawn(command, args, { stdio: 'pipe', env: { ...inherited, TERM: 'xterm', ...variables } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    output: () => output,
    write: (text) => child.stdin.write(text),
    end: (text) => child.stdin.end(text),
    kill: (signal) => child.kill(signal),
    exitCode: once(child, 'close').then(([code]) => code as number | null),
  };
}

/** On a terminal of its own: script(1). */
function startOnTerminal({ config }: FakeDaemon, variables: NodeJS.ProcessEnv = {}): Run {
  const command = `stty cols 80 rows 24; exec '${process.execPath}' '${COMMAND}' top --interval 0.2 --config '${config}'`;
  return start('script', ['-qefc', command, '/dev/null'], variables);
}

async function until(run: Run, satisfied: (output: string) => boolean): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!satisfied(run.output())) {
    if (performance.now() > deadline) throw new Error(`it never came:\n${run.output()}`);
    await sleep(20);
  }
}

/** What each drawing left on the screen, line by line, without what moves the cursor. */
function drawings(output: string): string[][] {
  const [, ...parts] = output.split('\x1b[1;1H');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  const plain = parts.map((part) => part.replace(/\x1b\[[?\d;]*[A-Za-z]/g, ''));
  return plain.map((part) => part.replaceAll('\r', '').split('\n'));
}

const skip = skipWithoutBuild || skipWithoutTool('script');

for (const { name, end } of [
  { name: 'q', end: (run: Run) => run.write('q') },
  { name: 'Ctrl-C', end: (run: Run) => run.write('\x03') },
]) {
  t.test(`live, until ${name}`, { skip }, async (t) => {
    const run = startOnTerminal(await serve(t));
    await until(run, (output) => drawings(output).length >= 4);
    end(run);
    t.equal(await run.exitCode, 0, 'exit code');
    const output = run.output();
    t.equal(output.indexOf(ENTER_SCREEN), 0, 'on a screen of its own');
    t.ok(output.trimEnd().endsWith(LEAVE_SCREEN), 'which is left');
    const [first = [], second = []] = drawings(output);
    t.match(first[0], /^traffic-mirror 1\.2\.3 {2}pid 4711 /);
    t.match(second[5], /^eni-web +in +eth0 +capturing +0 +0 +0 +4 +25%$/, 'with rates at the second look');
    const lines = drawings(output).flat();
    t.strictSame(
      lines.filter((line) => line.length > 80),
      [],
      'no line is wider than the terminal',
    );
    t.ok(
      drawings(output).every(({ length }) => length <= 24),
      'nor is there more than fits',
    );
  });
}

t.test('keys', { skip }, async (t) => {
  const run = startOnTerminal(await serve(t));
  const last = (): string[] => drawings(run.output()).at(-1) ?? [];
  const lastLine = (): string => last().at(-1) ?? '';
  await until(run, () => /order: as in the configuration/.test(lastLine()));
  run.write('s');
  await until(run, () => /order: most skipped/.test(lastLine()));
  run.write('s');
  await until(run, () => /order: most skipped .*, reversed/.test(lastLine()));
  run.write('?');
  await until(run, () => last().some((line) => /page up, page down/.test(line)));
  run.write('\x1b[B');
  await until(run, () => /^traffic-mirror 1\.2\.3/.test(last()[0] ?? ''));
  run.write('q');
  t.equal(await run.exitCode, 0);
});

t.test('colours', { skip }, async (t) => {
  const daemon = await serve(t);
  const outputs: string[] = [];
  for (const variables of [{}, { NO_COLOR: '1' }]) {
    const run = startOnTerminal(daemon, variables);
    await until(run, (output) => drawings(output).length >= 2);
    run.write('q');
    t.equal(await run.exitCode, 0);
    outputs.push(run.output());
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  const colour = /\x1b\[[\d;]*m/;
  t.match(outputs[0], colour);
  t.notMatch(outputs[1], colour, 'none with NO_COLOR');
});

t.test('a daemon that is started again', { skip }, async (t) => {
  const daemon = await serve(t);
  const run = startOnTerminal(daemon);
  const last = (): string[] => drawings(run.output()).at(-1) ?? [];
  await until(run, () => /mirrored 0\/s/.test(last()[1] ?? ''));
  await daemon.stop();
  await until(run, () => /^no daemon answers on /.test(last()[0] ?? ''));
  t.match(last()[1], /^mirrored /, 'what was seen last stays');
  await daemon.start(4800);
  await until(run, () => /pid 4800 /.test(last()[0] ?? ''));
  const first = drawings(run.output()).find(([line]) => line?.includes('pid 4800')) ?? [];
  t.match(first[1], /^mirrored -\/s/, 'without rates at first');
  await until(run, () => /mirrored 0\/s/.test(last()[1] ?? ''));
  run.write('q');
  t.equal(await run.exitCode, 0);
});

t.test('a daemon that is started again, as plain text', { skip: skipWithoutBuild }, async (t) => {
  const daemon = await serve(t);
  const run = start(process.execPath, [COMMAND, 'top', '--interval', '0.2', '--config', daemon.config]);
  await until(run, (output) => output.includes('pid 4711'));
  await daemon.stop();
  await until(run, (output) => output.includes('no daemon answers on '));
  await daemon.start(4800);
  await until(run, (output) => output.includes('pid 4800'));
  run.kill('SIGTERM');
  await run.exitCode;
});

t.test('a configuration with problems', { skip: skipWithoutBuild }, async (t) => {
  const { config } = await serve(t, 'log: { level: loud }\nx: [1, 2\n');
  const top = start(process.execPath, [COMMAND, 'top', '--interval', '0.1', '--once', '--config', config]);
  t.equal(await top.exitCode, 0);
  t.match(top.output(), /^traffic-mirror 1\.2\.3 /, 'will do');
  const status = start(process.execPath, [COMMAND, 'status', '--config', config]);
  t.equal(await status.exitCode, 0);
  t.match(status.output(), /^pid 4711, /);
  const given = start(process.execPath, [COMMAND, 'status', '--config', '-']);
  given.end(readFileSync(config, 'utf8'));
  t.equal(await given.exitCode, 0);
  t.match(given.output(), /^pid 4711, /, 'also from standard input');
});

t.test('plain text where there is no terminal', { skip: skipWithoutBuild }, async (t) => {
  const { config } = await serve(t);
  const args = [COMMAND, 'top', '--interval', '0.2', '--config', config];
  const once = start(process.execPath, [...args, '--once']);
  t.equal(await once.exitCode, 0, 'exit code');
  t.match(once.output(), /^traffic-mirror 1\.2\.3 {2}pid 4711 .*\nmirrored 0\/s/);
  t.notMatch(once.output(), '\x1b', 'no escape sequences');
  t.ok(
    once
      .output()
      .split('\n')
      .every((line) => line.length <= 80),
    'for 80 columns',
  );
  const wide = start(process.execPath, [...args, '--once'], { COLUMNS: '120' });
  t.equal(await wide.exitCode, 0);
  t.match(wide.output(), / UNMAT\/s /, 'or for as many as COLUMNS says');
  const run = start(process.execPath, args);
  await until(run, (output) => output.split('traffic-mirror 1.2.3').length > 3);
  run.kill('SIGTERM');
  await run.exitCode;
  t.notMatch(run.output(), '\x1b', 'no escape sequences');
});

t.test('wrong usage, and no daemon', { skip: skipWithoutBuild }, async (t) => {
  const { config } = await serve(t);
  for (const interval of ['0', '-1', 'often', '4000']) {
    const run = start(process.execPath, [COMMAND, 'top', '--interval', interval, '--config', config]);
    t.equal(await run.exitCode, 2, interval);
    t.equal(run.output(), `--interval ${interval}: not a number of seconds from 0.1 to 3600\n`);
  }
  const directory = t.testdir({ 'c.yaml': '' });
  writeFileSync(`${directory}/c.yaml`, `state: { directory: ${directory} }\n`);
  const run = start(process.execPath, [COMMAND, 'top', '--config', `${directory}/c.yaml`]);
  t.equal(await run.exitCode, 1);
  t.match(run.output(), `no daemon answers on ${directory}/status.sock`);
});
