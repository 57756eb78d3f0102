/** An engine that has been taken over by what it captures: it must not read keys, state or the daemon's memory. */
import { execFileSync } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Attack, Faults, type Outcome } from './attack.js';
import { Ec2User } from './client.js';
import { ADMIN } from './configuration.js';
import { judge, watch } from './flood.js';
import type { AttackStand, Status } from './stand.js';

export const ENGINE_RIGHTS: Attack = {
  name: 'engine-rights',
  title: 'every thread of the engine made to read keys, state, configuration and the memory of the daemon',
  by: 'network',
  limitSeconds: { full: 60, quick: 40 },
  run: openInEngine,
};

/** From the checkout: what is no TypeScript is not built. */
const OPEN_IN = fileURLToPath(new URL('../../../scripts/attack/open-in.py', import.meta.url));
/** The system calls of the script are those of one architecture. */
const ARCHITECTURE = 'x64';
const { ENOENT, EACCES, EPERM } = constants.errno;

/** What the kernel said to each thread. */
interface Opened {
  /** Its version; 0: the kernel has none. */
  readonly landlock: number;
  /** By thread and path: how many bytes of one that were read, or a negated errno. */
  readonly threads: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

async function openInEngine(stand: AttackStand): Promise<Outcome> {
  const faults = new Faults();
  if (process.arch !== ARCHITECTURE) {
    return { verdict: 'not-tried', figures: `processor ${process.arch}, not ${ARCHITECTURE}`, faults: [] };
  }
  const adminSecretFile = stand.write('admin.secret', ADMIN.secretAccessKey);
  const configFile = stand.configure({ adminSecretFile });
  const daemon = await stand.start(configFile);
  const admin = new Ec2User(ADMIN);
  await admin.create('Filter');
  admin.close();
  const status = await daemon.status();
  const absent = join(stand.directory, 'absent');
  const secrets = [
    adminSecretFile,
    configFile,
    join(stand.stateDirectory, 'api-state.jsonl'),
    `/proc/${status.pid}/mem`,
    `/proc/${status.pid}/environ`,
    '/etc/shadow',
  ];
  // The same is tried with the daemon, which may: else refusals would show nothing.
  const byDaemon = openIn(status.pid, [...secrets.slice(0, 3), absent]);
  for (const [thread, results] of Object.entries(byDaemon.threads)) {
    const works =
      secrets.slice(0, 3).every((path) => Number(results[path]) === 1) && results[absent] === -ENOENT;
    faults.require(works, `thread ${thread} of the daemon: ${JSON.stringify(results)}`);
  }
  let opened: Opened = { landlock: 0, threads: {} };
  const engine = status.engines[0]?.pid ?? 0;
  const watched = await watch(stand, daemon, stand.bySize(4, 2), async () => {
    opened = openIn(engine, [...secrets, absent]);
  });
  const seen = judge(stand, faults, watched);
  const said = whatStatusSays(status);
  faults.require(said !== '', 'status says nothing of Landlock');
  const threads = Object.entries(opened.threads);
  const isTried = opened.landlock > 0;
  for (const [thread, results] of isTried ? threads : [])
    judgeThread(thread, results, secrets, absent, faults);
  faults.require(threads.length > 1, `the engine has ${threads.length} threads`);
  faults.require((await daemon.stop()) === 0, 'the daemon did not end well');
  const kernel = isTried ? `Landlock ${opened.landlock} of the kernel` : 'a kernel without Landlock';
  const outcome = faults.outcome(
    `${threads.length} threads, ${secrets.length} files each; ${kernel}; status says ${said || 'nothing'}; ${seen}`,
  );
  return isTried || outcome.verdict === 'failed' ? outcome : { ...outcome, verdict: 'not-tried' };
}

function judgeThread(
  thread: string,
  results: Readonly<Record<string, number>>,
  secrets: readonly string[],
  absent: string,
  faults: Faults,
): void {
  const isRefused = (result: number | undefined): boolean => result === -EACCES || result === -EPERM;
  for (const path of secrets) {
    const name = path.replace(/^.*\/(?=[^/]+$)/, '').replace(/-\d+\.json$/, '.json');
    faults.require(
      isRefused(results[path]),
      `a thread of the engine is not refused ${name}: ${results[path]}`,
    );
  }
  const isJudged = results[absent] === -ENOENT || isRefused(results[absent]);
  faults.require(isJudged, `thread ${thread} opened a file that is not there: ${results[absent]}`);
}

function openIn(pid: number, paths: readonly string[]): Opened {
  return JSON.parse(
    execFileSync('python3', [OPEN_IN, String(pid), ...paths], { encoding: 'utf8' }),
  ) as Opened;
}

/** Every member of the status that has Landlock in its name or value. */
function whatStatusSays(status: Status): string {
  const found =
    JSON.stringify(status).match(/"[^"]*landlock[^"]*"(?::(?:"[^"]*"|[\w.]+|\{[^}]*\}))?/gi) ?? [];
  return found.join(', ');
}
