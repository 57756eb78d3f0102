/** A state file that a disk, or somebody, has changed: a daemon starts with everything, or says what is wrong. */
import { availableParallelism } from 'node:os';
import { type Attack, Faults, type Outcome } from './attack.js';
import { type Damage, damagesOf } from './damaged-files.js';
import type { AttackStand } from './stand.js';
import { type Judgement, StateJudge } from './state-judge.js';

export const DAMAGE: Attack = {
  name: 'damage',
  title:
    'the state file with a bit flipped, cut at each byte of its last record, or records removed, repeated, swapped',
  by: 'disk',
  limitSeconds: { full: 300, quick: 60 },
  run: damageState,
};

const MOST_WORKERS = 4;
/** For the attack to end in time on a slow machine; what was not tried by then is told. */
const BUDGET_MS = { full: 165_000, quick: 6_000 } as const;
/** One in so many is also given to a daemon, where a command can tell faster. */
const STARTED_EVERY = 12;

async function damageState(stand: AttackStand): Promise<Outcome> {
  const faults = new Faults();
  const judge = await StateJudge.prepare(stand, stand.bySize(40, 12));
  const damages = shuffled(damagesOf(judge.original, stand), stand);
  const deadline = performance.now() + BUDGET_MS[stand.size];
  const counts = { refused: 0, told: 0, intact: 0, silent: 0, started: 0 };
  let next = 0;
  const work = async (worker: number): Promise<void> => {
    while (next < damages.length && performance.now() < deadline) {
      const index = next++;
      const damage = damages[index] as Damage;
      const judgements: Judgement[] = [];
      if (judge.canVerify) judgements.push(await judge.verify(worker, damage.bytes));
      if (!judge.canVerify || index % STARTED_EVERY === 0) {
        counts.started += 1;
        judgements.push(await judge.start(worker, damage.bytes));
      }
      for (const judgement of judgements)
        if (judgement === 'silent') faults.add(`${damage.kind}: nothing was said`);
      counts[judgements.find((judgement) => judgement === 'silent') ?? judgements[0] ?? 'silent'] += 1;
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(availableParallelism(), MOST_WORKERS) }, (_, worker) => work(worker)),
  );
  faults.require(next > 0, 'nothing was tried');
  const rest = damages.length > next ? `, ${damages.length - next} not tried for want of time` : '';
  return faults.outcome(
    `${next} damages (${counts.started} given to a daemon)${rest}: ${counts.refused} refused, ${counts.told} cut off and told, ` +
      `${counts.intact} with everything there, ${counts.silent} silent losses; ${judge.records} records`,
  );
}

/** So that every kind is tried in whatever time there is. */
function shuffled(damages: readonly Damage[], { random }: AttackStand): Damage[] {
  return damages
    .map((damage) => ({ damage, key: random.fraction() }))
    .sort((a, b) => a.key - b.key)
    .map(({ damage }) => damage);
}
