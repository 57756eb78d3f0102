/** `top` against a daemon that only has a status: on a terminal of 80 columns, and as plain text. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

/** A daemon's status, two seconds older at each look. @returns the configuration file that leads to it. */
async function serve(t: Test): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'tm-top-'));
  let uptimeSeconds = 10;
  const server = await serveStatus(directory, () => {
    uptimeSeconds += 2;
    return statusOf({ uptimeSeconds });
  });
  t.teardown(async () => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const config = join(directory, 'c.yaml');
  writeFileSync(config, `state: { directory: ${directory} }\n`);
  return config;
}

interface Run {
  readonly output: () => string;
  readonly write: (text: string) => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly exitCode: Promise<number | null>;
}

function start(command: string, args: readonly string[]): Run {
  const child = spawn(command, args, { stdio: 'pipe', env: { ...environment, TERM: 'xterm' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    output: () => output,
    write: (text) => child.stdin.write(text),
    kill: (signal) => child.kill(signal),
    exitCode: once(child, 'close').then(([code]) => code as number | null),
  };
}

/** On a terminal of its own: script(1). */
function startOnTerminal(config: string): Run {
  const command = `stty cols 80 rows 24; exec '${process.execPath}' '${COMMAND}' top --interval 0.2 --config '${config}'`;
  return start('script', ['-qefc', command, '/dev/null']);
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
    t.match(
      second[4],
      /^eni-web eth0 ingress +capturing +0 +0 +0 +4 +25 %$/,
      'with rates at the second look',
    );
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

t.test('plain text where there is no terminal', { skip: skipWithoutBuild }, async (t) => {
  const config = await serve(t);
  const args = [COMMAND, 'top', '--interval', '0.2', '--config', config];
  const once = start(process.execPath, [...args, '--once']);
  t.equal(await once.exitCode, 0, 'exit code');
  t.match(once.output(), /^traffic-mirror 1\.2\.3 {2}pid 4711 .*\nmirrored 0\/s/);
  t.notMatch(once.output(), '\x1b', 'no escape sequences');
  const run = start(process.execPath, args);
  await until(run, (output) => output.split('traffic-mirror 1.2.3').length > 3);
  run.kill('SIGTERM');
  await run.exitCode;
  t.notMatch(run.output(), '\x1b', 'no escape sequences');
});

t.test('wrong usage, and no daemon', { skip: skipWithoutBuild }, async (t) => {
  const config = await serve(t);
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
