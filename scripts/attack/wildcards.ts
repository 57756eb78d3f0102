/** Filter values that make a backtracking match try every way, by somebody who may only describe. */
import { type Attack, Faults, type Outcome } from './attack.js';
import { Ec2User, type Values } from './client.js';
import { ADMIN, DESCRIBER } from './configuration.js';
import { judge, watch } from './flood.js';
import type { AttackStand } from './stand.js';

export const WILDCARDS: Attack = {
  name: 'wildcards',
  title: 'Describe with up to 200 filter values of many wildcards, against the longest texts that are taken',
  by: 'client',
  limitSeconds: { full: 120, quick: 60 },
  run: matchHostilely,
};

const MEBIBYTE = 2 ** 20;
/** Beside a megabyte of text, the rest of a request. */
const LONGEST_TEXT = MEBIBYTE - 4096;
/** What EC2 takes. */
const LONG_DESCRIPTION = 255;
const LONG_TAG = 256;
const VALUES = 200;
const VALUE_CHARACTERS = 1000;
/** A call that takes so long says enough; harder ones are not tried. */
const CALL_LIMIT_MS = 5000;

/** The value, and how many of them stand in the call. */
interface Pattern {
  readonly value: string;
  readonly count: number;
}

const HARD = `${'*a'.repeat(VALUE_CHARACTERS / 2 - 1)}*b`;
const PATTERNS: readonly Pattern[] = [
  { value: `*${'a'.repeat(VALUE_CHARACTERS)}b`, count: 1 },
  { value: `${'?*'.repeat(VALUE_CHARACTERS / 2 - 1)}b`, count: 1 },
  { value: HARD, count: 1 },
  { value: `*${'a'.repeat(VALUE_CHARACTERS)}b`, count: VALUES },
  { value: HARD, count: VALUES },
  { value: `${'\\*'.repeat(VALUE_CHARACTERS / 4)}${'*?'.repeat(VALUE_CHARACTERS / 4)}b`, count: VALUES },
];

async function matchHostilely(stand: AttackStand): Promise<Outcome> {
  const faults = new Faults();
  const daemon = await stand.start(stand.configure());
  const length = await fillTexts(stand.bySize(100, 20));
  const describer = new Ec2User(DESCRIBER, stand.bySize(8, 2));
  let [calls, slowestMs] = [0, 0];
  const describe = async (pattern: Pattern, filter: string): Promise<void> => {
    const started = performance.now();
    const { status } = await describer.call('DescribeTrafficMirrorTargets', filterOf(pattern, filter));
    slowestMs = Math.max(slowestMs, performance.now() - started);
    calls += 1;
    // Refusing what is too much is as good as answering.
    faults.require(status === 200 || status === 400, `a Describe was answered with ${status}`);
  };
  const watched = await watch(stand, daemon, stand.bySize(6, 2), async () => {
    for (const pattern of PATTERNS) {
      for (const filter of ['description', 'tag:team', 'tag-key']) {
        const atOnce = Array.from({ length: pattern.count === 1 ? 1 : stand.bySize(8, 2) }, () =>
          describe(pattern, filter),
        );
        const broken = (await Promise.allSettled(atOnce)).find(({ status }) => status === 'rejected');
        if (broken !== undefined)
          faults.add(`a Describe was not answered: ${String((broken as PromiseRejectedResult).reason)}`);
        if (broken !== undefined || slowestMs > CALL_LIMIT_MS) return;
      }
    }
  });
  faults.require(slowestMs <= CALL_LIMIT_MS, `a Describe took ${Math.round(slowestMs)} ms`);
  const seen = judge(stand, faults, watched);
  describer.close();
  daemon.process.kill('SIGKILL');
  return faults.outcome(
    `texts of ${length} characters; ${calls} Describes, at most ${Math.round(slowestMs)} ms; ${seen}`,
  );
}

/** Targets with the longest texts that the daemon takes. @returns the length of a description */
async function fillTexts(count: number): Promise<number> {
  const admin = new Ec2User(ADMIN);
  const tags = {
    'TagSpecification.1.ResourceType': 'traffic-mirror-target',
    'TagSpecification.1.Tag.1.Key': 'team',
    'TagSpecification.1.Tag.1.Value': 'a'.repeat(LONG_TAG),
  };
  const create = (length: number) =>
    admin.call('CreateTrafficMirrorTarget', {
      NetworkLoadBalancerArn: 'nlb-ids',
      Description: 'a'.repeat(length),
      ...tags,
    });
  const { status } = await create(LONGEST_TEXT);
  const length = status === 200 ? LONGEST_TEXT : LONG_DESCRIPTION;
  for (let made = 0; made < count; made++) {
    const answer = await create(LONG_DESCRIPTION);
    if (answer.status !== 200) throw new Error(`a target was refused: ${answer.text}`);
  }
  admin.close();
  return length;
}

function filterOf({ value, count }: Pattern, filter: string): Values {
  const values = Array.from({ length: count }, (_, index) => [`Filter.1.Value.${index + 1}`, value]);
  return { 'Filter.1.Name': filter, ...Object.fromEntries(values) };
}
