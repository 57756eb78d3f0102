/** `npm run lab`, without its set-up: it adds up, and it leaves nothing behind, also when it is interrupted. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { environment } from '../../fixtures/live/daemon/command.js';
import { descendantsOf, survivorsOf } from '../../fixtures/live/daemon/processes.js';
import { namespacesOf } from '../../fixtures/live/network/namespaces.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { fromRoot } from '../../fixtures/root.js';

const LAB = fromRoot('dist/lab/main.js');
/** The lab interrupted ends as a shell expects of SIGINT. */
const INTERRUPTED = 130;

/** What the lab's traffic shows at the target, a line each. */
const ARRIVALS = [
  { name: 'HTTP from the client', want: /ingress 10\.1\.0\.2 > 10\.1\.0\.1 .*GET \/lab/ },
  { name: 'HTTP from the host', want: /egress .*10\.1\.0\.1 > 10\.1\.0\.2 .*(TCP|HTTP)/ },
  { name: 'DNS', want: /ingress 10\.1\.0\.2 > 10\.1\.0\.1 .*DNS Standard query/ },
  { name: 'ping', want: /Echo \(ping\) request/ },
  { name: 'IPv6', want: /fd00:1::2 > fd00:1::1/ },
  { name: 'a decoded request', want: /VNI 101 tms-http +ingress .* GET \/lab/ },
  { name: 'a truncated frame', want: /VNI 103 tms-rest +egress .* 128 of 1028 bytes$/ },
];
const SUM = /matched (\d+) = mirrored (\d+) \+ skipped 0; arrived at the target (\d+): everything adds up\n$/;

interface Run {
  readonly exitCode: number | null;
  readonly output: string;
  /** Processes and namespaces that were there in the middle. */
  readonly pids: readonly number[];
  readonly namespaces: readonly string[];
  readonly pid: number;
}

/** A folder for the lab's files. Not tap's: the path of a socket in it has at most 107 bytes, wherever the checkout is. */
function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tm-lab-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** @param temporary folder for its files. @param interrupt with the first packet shown. */
async function runLab(temporary: string, interrupt: boolean): Promise<Run> {
  const env = { ...environment, TMPDIR: temporary };
  const child = spawn(process.execPath, [LAB], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const pid = child.pid!;
  let output = '';
  let pids: number[] = [];
  let namespaces: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (pids.length > 0 || !output.includes('VNI ')) return;
      pids = descendantsOf(pid);
      namespaces = namespacesOf(pid);
      // As a terminal does, to the whole group.
      if (interrupt) process.kill(-pid, 'SIGINT');
    });
  }
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, output, pids, namespaces, pid };
}

async function checkClean(t: Test, temporary: string, { pid, pids, namespaces }: Run): Promise<void> {
  t.ok(pids.length >= 3, `${pids.length} processes in the middle: tshark, daemon, engine at least`);
  t.equal(namespaces.length, 3, 'namespaces in the middle');
  t.strictSame(await survivorsOf(pids), [], 'no process is left');
  t.strictSame(namespacesOf(pid), [], 'no namespace is left');
  t.strictSame(readdirSync(temporary), [], 'no file is left');
}

t.test('to its end', { skip: skipUnless('tshark', 'ping') }, async (t) => {
  const temporary = temporaryFolder(t);
  const run = await runLab(temporary, false);
  t.equal(run.exitCode, 0, `exit code\n${run.output}`);
  t.match(run.output, /^mirroring veth0 .* to 10\.9\.0\.2, (ring|libpcap) I\/O, \d+ sessions; arriving:$/m);
  const arrivals = run.output.split('\n').filter((line) => /^VNI \d+ /.test(line));
  for (const { name, want } of ARRIVALS)
    t.ok(
      arrivals.some((line) => want.test(line)),
      name,
    );
  t.notOk(
    arrivals.some((line) => line.includes(' ? ')),
    'every VNI belongs to a session',
  );
  t.strictSame(
    SUM.exec(run.output)?.slice(1),
    Array(3).fill(String(arrivals.length)),
    'as many as were shown',
  );
  const [, copies] = /^(\d+) copies, 0 copies left out$/m.exec(run.output) ?? [];
  // The first may have come before it peeked.
  t.ok(Number(copies) > 20 && Number(copies) <= arrivals.length, `${copies} copies were peeked at`);
  t.match(
    run.output,
    /^\d\d:\d\d:\d\d\.\d{6} (in|e)gress +tms-\S+ \S+ IP6? \S+ > /m,
    'and the last of them shown',
  );
  t.match(
    run.output,
    new RegExp(
      `^  [0-9.]+ s: ${arrivals.length} datagrams = received ${arrivals.length} \\+ unwanted 0`,
      'm',
    ),
    '`receive` says the same',
  );
  t.match(run.output, /^ {2}VNI 101 tms-http: \d+ frames, \d+ bytes$/m, 'by session');
  await checkClean(t, temporary, run);
});

t.test('interrupted', { skip: skipUnless('tshark', 'ping') }, async (t) => {
  const temporary = temporaryFolder(t);
  const run = await runLab(temporary, true);
  t.equal(run.exitCode, INTERRUPTED, `exit code\n${run.output}`);
  t.notMatch(run.output, /adds? up/, 'in the middle of it');
  await checkClean(t, temporary, run);
});
