/** Mutated frames into the source and at the target's side: neither daemon nor engine ends, and all is counted. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Namespace } from '../../lab/namespaces.js';
import { fuzzCase, soundFrames } from '../../test/fixtures/fuzz/fuzz-case.js';
import { type Attack, Faults, type Outcome } from './attack.js';
import type { AttackStand, Status } from './stand.js';

export const HOSTILE_FRAMES: Attack = {
  name: 'hostile-frames',
  title: 'mutated frames into the source, and from the target',
  by: 'network',
  limitSeconds: { full: 60, quick: 40 },
  run: sendHostileFrames,
};

const GENERATOR = fileURLToPath(new URL('../../lab/generator.js', import.meta.url));
const LONGEST_FRAME = 1514;
const RATE = 5000;
const PAUSE_MS = 1;
const SETTLE_MS = 5000;
const POLL_MS = 100;

async function sendHostileFrames(stand: AttackStand): Promise<Outcome> {
  const faults = new Faults();
  const daemon = await stand.start(stand.configure());
  const before = await daemon.status();
  const arrivedBefore = stand.arrived;
  const file = stand.write('hostile.json', JSON.stringify(framesOf(stand)));
  const seconds = stand.bySize(12, 3);
  const [sent] = await Promise.all([
    generate(stand.client, 'veth1', seconds, file),
    generate(stand.ids, 'ids0', seconds, file),
  ]);
  // What no rule can want is left in the kernel, so that only copies tell when all is read.
  const deadline = performance.now() + SETTLE_MS;
  let after = await daemon.status();
  while (sumsOf(after).mirrored !== stand.arrived - arrivedBefore && performance.now() < deadline) {
    await sleep(POLL_MS);
    after = await daemon.status();
  }
  const arrived = stand.arrived - arrivedBefore;
  const { read, classes, matched, mirrored, skipped } = sumsOf(after);
  faults.require(after.pid === before.pid, 'the daemon is another one');
  faults.require(
    after.engines.every(({ pid, restarts }, index) => restarts === 0 && pid === before.engines[index]?.pid),
    'an engine was restarted',
  );
  faults.require(sent > 0 && arrived > 0, `of ${sent} frames ${arrived} copies arrived`);
  faults.require(read === classes, `${read} frames were read, and ${classes} are in a class`);
  faults.require(
    matched === mirrored + skipped,
    `${matched} copies were due, ${mirrored} + ${skipped} are counted`,
  );
  faults.require(mirrored === arrived, `${mirrored} copies are counted as sent, ${arrived} arrived`);
  faults.require((await daemon.stop()) === 0, 'the daemon did not end well');
  return faults.outcome(
    `${sent} frames sent, ${read} read, ${matched} matched, ${mirrored} mirrored, ${arrived} arrived`,
  );
}

/** In hex, as the generator takes them. */
function framesOf(stand: AttackStand): string[] {
  const sound = soundFrames(stand.random);
  return Array.from({ length: stand.bySize(4000, 1000) }, () => fuzzCase(stand.random, sound).bytes)
    .filter(({ length }) => length <= LONGEST_FRAME)
    .map((bytes) => bytes.toString('hex'));
}

/** @returns how many frames the device took */
async function generate(
  namespace: Namespace,
  device: string,
  seconds: number,
  file: string,
): Promise<number> {
  const args = [GENERATOR, device, String(seconds), String(RATE), file, String(PAUSE_MS)];
  const child = namespace.spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  await once(child, 'close');
  return (JSON.parse(text) as { sent: number }).sent;
}

/** Over all lanes and sessions. */
function sumsOf({ lanes }: Status) {
  const sessions = lanes.flatMap((lane) => lane.sessions);
  const matched = sum(sessions.map((session) => session.matched.packets));
  return {
    read: sum(lanes.map(({ read }) => read.packets)),
    classes:
      sum(
        lanes.map(
          ({ unmatched, unparsable, unmirrored }) => unmatched + unparsable + sum(Object.values(unmirrored)),
        ),
      ) + matched,
    // A segment of a GSO frame is a copy of its own.
    matched: matched + sum(sessions.map(({ segments, segmented }) => segments - segmented)),
    mirrored: sum(sessions.map((session) => session.mirrored.packets)),
    skipped: sum(
      sessions.flatMap(({ skipped }) => Object.values(skipped).map((amount) => amount?.packets ?? 0)),
    ),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
