/** Every command of docs/suricata.md does what the page says, with Suricata or, where there is none, with tshark. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { environment } from '../fixtures/live/daemon/command.js';
import { skipWithoutSuricata } from '../fixtures/live/oracle/suricata.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { fromRoot } from '../fixtures/root.js';

const ROOT = fromRoot('');
const LIMIT_MS = 150_000;
/** The names of the page's namespaces and directory. */
const NAMES = /\btm-(client|host|ids)\b/g;
const DIRECTORY = '/tmp/tm-walk';

const page = readFileSync(join(ROOT, 'docs/suricata.md'), 'utf8');

/** The fenced commands, in order; installing is not for a test. */
function commandsFor(tool: 'suricata' | 'tshark'): string {
  const blocks = [...page.matchAll(/^```sh ?(\w*)\n(.*?)^```$/gms)];
  return blocks
    .filter(([, only]) => only === '' || only === tool)
    .map(([, , commands]) => commands)
    .join('\n');
}

/** Runs them under names of this run's own. @returns what they printed. */
function walk(t: Test, tool: 'suricata' | 'tshark'): string {
  const directory = mkdtempSync(join(tmpdir(), 'traffic-mirror-walk-'));
  const prefix = `tm${process.pid}-${tool}`;
  t.teardown(() => {
    removeNamespaces(prefix);
    rmSync(directory, { recursive: true, force: true });
  });
  const script = commandsFor(tool)
    .replaceAll(NAMES, `${prefix}-$1`)
    .replaceAll(DIRECTORY, `${directory}/walk`);
  return execFileSync('sh', ['-eu', '-c', script], {
    cwd: ROOT,
    env: environment,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** What a script that failed left behind. */
function removeNamespaces(prefix: string): void {
  const names = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.split(' ')[0]!)
    .filter((name) => name.startsWith(prefix));
  for (const name of names) {
    const pids = execFileSync('ip', ['netns', 'pids', name], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
    for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
    execFileSync('ip', ['netns', 'del', name]);
  }
}

/** The counts of the status: all that was matched was mirrored, and there was some. */
function checkStatus(t: Test, printed: string): number {
  const [, matched, mirrored] = /session-1: matched (\d+) = mirrored (\d+) \+ skipped 0/.exec(printed) ?? [];
  t.ok(Number(matched) >= 4, `${matched} frames of a connection`);
  t.equal(mirrored, matched, 'all of them mirrored');
  return Number(mirrored);
}

const skip = skipUnless('python3', 'tshark');

t.test('with tshark', { skip }, async (t) => {
  const printed = walk(t, 'tshark');
  t.match(printed, /10\.1\.0\.2 \S+ 10\.1\.0\.1 .*80 \[SYN\]/, 'the first packet of the connection');
  checkStatus(t, printed);
});

t.test('with Suricata', { skip: skip || skipWithoutSuricata }, async (t) => {
  const printed = walk(t, 'suricata');
  t.match(printed, /connection to port 80.*\{TCP\} 10\.1\.0\.2:\d+ -> 10\.1\.0\.1:80/, 'the alert');
  const counter = (name: string): number =>
    Number(new RegExp(`^decoder\\.${name} .*\\| (\\d+)$`, 'm').exec(printed)?.[1]);
  t.equal(counter('vxlan'), checkStatus(t, printed), 'as many VXLAN packets as copies');
  // Counters of zero are left out.
  t.notMatch(printed, /^decoder\.invalid .*\| [1-9]/m, 'none invalid');
});
