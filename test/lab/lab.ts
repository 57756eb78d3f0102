/** `npm run lab` as a user has it: what it shows, that it adds up, and that it leaves nothing behind. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { environment } from '../fixtures/live/command.js';
import { skipUnless } from '../fixtures/live/requirements.js';

const LAB = fileURLToPath(new URL('../../dist/lab/main.js', import.meta.url));
const skip = skipUnless('ping', 'tshark');
const LONGEST_MS = 120_000;

/** Runs the lab. @param onOutput is called with all of its output so far. */
async function runLab(onOutput: (output: string, interrupt: () => void) => void = () => {}) {
  const child = spawn(process.execPath, [LAB], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const limit = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      onOutput(output, () => child.kill('SIGINT'));
    });
  }
  const [exitCode] = await once(child, 'close');
  clearTimeout(limit);
  const namespaces = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).split('\n');
  return {
    exitCode,
    output,
    left: [
      ...namespaces.filter((line) => line.startsWith(`tm${child.pid}-`)),
      ...readdirSync(tmpdir()).filter((name) => name.startsWith('traffic-mirror-lab-') && !before.has(name)),
    ],
  };
}

const before = new Set(readdirSync(tmpdir()));

t.test('from start to end', { skip }, async (t) => {
  const { exitCode, output, left } = await runLab();
  t.equal(exitCode, 0, 'everything adds up');
  t.match(output, /^mirroring veth0 .* to 10\.9\.0\.2, (ring|libpcap) I\/O, \d+ sessions; arriving:$/m);
  const arrivals = output.split('\n').filter((line) => /^VNI \d+ /.test(line));
  const rows = [
    { name: 'HTTP from the client', want: /ingress 10\.1\.0\.2 > 10\.1\.0\.1 .*GET \/lab/ },
    { name: 'HTTP from the host', want: /egress .*10\.1\.0\.1 > 10\.1\.0\.2 .*(TCP|HTTP)/ },
    { name: 'DNS', want: /ingress 10\.1\.0\.2 > 10\.1\.0\.1 .*DNS Standard query/ },
    { name: 'ping', want: /Echo \(ping\) request/ },
    { name: 'IPv6', want: /fd00:1::2 > fd00:1::1/ },
    { name: 'a truncated frame', want: /\d+ of \d+ bytes$/ },
  ];
  for (const { name, want } of rows) {
    t.ok(
      arrivals.some((line) => want.test(line)),
      name,
    );
  }
  t.notOk(
    arrivals.some((line) => line.includes(' ? ')),
    'every VNI belongs to a session',
  );
  const sum =
    /matched (\d+) = mirrored (\d+) \+ skipped 0; arrived at the target (\d+): everything adds up/.exec(
      output,
    );
  t.same([sum?.[1], sum?.[2], sum?.[3]], Array(3).fill(String(arrivals.length)), 'as many as were shown');
  t.same(left, [], 'nothing is left behind');
});

t.test('Ctrl-C', { skip }, async (t) => {
  let interrupted = false;
  const { exitCode, output, left } = await runLab((soFar, interrupt) => {
    if (!interrupted && soFar.includes('arriving:')) interrupt();
    interrupted ||= soFar.includes('arriving:');
  });
  t.equal(exitCode, 130);
  t.notMatch(output, /adds? up/, 'in the middle of it');
  t.same(left, [], 'nothing is left behind');
});
