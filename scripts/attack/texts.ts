/** Long texts, and client tokens without end: neither may fill the memory or the state file. */
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Attack, Faults, type Outcome } from './attack.js';
import { Ec2User, itemsOf, type Values } from './client.js';
import { ADMIN, OTHER } from './configuration.js';
import { judge, watch } from './flood.js';
import type { AttackStand } from './stand.js';

export const TEXTS: Attack = {
  name: 'long-texts',
  title: 'texts of a megabyte, and of one character too many, in every parameter that holds text',
  by: 'client',
  limitSeconds: { full: 120, quick: 60 },
  run: writeLongTexts,
};

export const TOKENS: Attack = {
  name: 'client-tokens',
  title: 'creations with ever new client tokens and the most tags, and their deletion',
  by: 'client',
  limitSeconds: { full: 150 },
  run: fillTokens,
};

const MEBIBYTE = 2 ** 20;
const LONGEST_TEXT = MEBIBYTE - 4096;
const CONNECTIONS = 8;
const STATE_LIMIT_BYTES = 16 * MEBIBYTE;
const START_LIMIT_MS = 10_000;
const TAG_LIMITS = { key: 127, value: 256, tags: 50 } as const;
const LOAD_BALANCER = { NetworkLoadBalancerArn: 'nlb-ids' };

async function writeLongTexts(stand: AttackStand): Promise<Outcome> {
  const faults = new Faults();
  const configFile = stand.configure();
  const daemon = await stand.start(configFile);
  const [admin, other] = [new Ec2User(ADMIN, CONNECTIONS), new Ec2User(OTHER)];
  const count = stand.bySize(300, 30);
  let [sent, taken] = [0, 0];
  const watched = await watch(stand, daemon, stand.bySize(6, 2), async () => {
    const work = async (): Promise<void> => {
      while (sent < count) {
        sent += 1;
        const values = { ...LOAD_BALANCER, Description: 'a'.repeat(LONGEST_TEXT) };
        const { status } = await admin.call('CreateTrafficMirrorTarget', values).catch(() => ({ status: 0 }));
        if (status === 200) taken += 1;
        else faults.require(status === 400, `a description of a megabyte was answered with ${status}`);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
  });
  faults.require(taken === 0, `${taken} descriptions of a megabyte were taken`);
  const beyond = await refuseBeyond(admin, faults);
  const { status } = await other.call('CreateTrafficMirrorFilter').catch(() => ({ status: 0 }));
  faults.require(status === 200, `another account's write was answered with ${status}`);
  const seen = judge(stand, faults, watched);
  admin.close();
  other.close();
  await daemon.stop();
  const started = performance.now();
  await (await stand.start(configFile)).stop();
  const startMs = Math.round(performance.now() - started);
  faults.require(startMs < START_LIMIT_MS, `the next start took ${startMs} ms`);
  return faults.outcome(
    `${sent} megabytes, ${taken} taken; ${beyond} texts of one character too many; ${stateFile(stand, faults)}; ` +
      `next start and end ${startMs} ms; ${seen}`,
  );
}

/** One character more than EC2 takes is refused. @returns how many texts were tried */
async function refuseBeyond(user: Ec2User, faults: Faults): Promise<number> {
  const filter = await user.create('Filter');
  const rule = {
    TrafficMirrorFilterId: filter,
    TrafficDirection: 'ingress',
    RuleNumber: 1,
    RuleAction: 'accept',
    SourceCidrBlock: '0.0.0.0/0',
    DestinationCidrBlock: '0.0.0.0/0',
  };
  const long = 'a'.repeat(256);
  const tags = (count: number, key: string, value: string): Values =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        [`Tag.${index + 1}.Key`, `${key}${index === 0 ? '' : index}`],
        [`Tag.${index + 1}.Value`, value],
      ]).flat(),
    );
  const rows: [action: string, values: Values][] = [
    ['CreateTrafficMirrorTarget', { ...LOAD_BALANCER, Description: long }],
    ['CreateTrafficMirrorFilter', { Description: long }],
    ['CreateTrafficMirrorFilterRule', { ...rule, Description: long }],
    ['CreateTrafficMirrorFilter', { ClientToken: 'a'.repeat(65) }],
    ['CreateTags', { 'ResourceId.1': filter, ...tags(1, 'a'.repeat(TAG_LIMITS.key + 1), '') }],
    ['CreateTags', { 'ResourceId.1': filter, ...tags(1, 'a', 'a'.repeat(TAG_LIMITS.value + 1)) }],
    ['CreateTags', { 'ResourceId.1': filter, ...tags(TAG_LIMITS.tags + 1, 'a', '') }],
  ];
  for (const [action, values] of rows) {
    const { status } = await user.call(action, values);
    const names = Object.keys(values).join(', ');
    faults.require(status === 400, `${action} with one too many in ${names.slice(0, 80)}: ${status}`);
  }
  return rows.length;
}

async function fillTokens(stand: AttackStand): Promise<Outcome> {
  const faults = new Faults();
  const daemon = await stand.start(stand.configure());
  const admin = new Ec2User(ADMIN, CONNECTIONS * 2);
  const count = stand.bySize(8000, 200);
  const mostTags = tagSpecification();
  const first = { ...LOAD_BALANCER, ClientToken: randomUUID() };
  const firstId = await admin.create('Target', first);
  let made = 0;
  let lastId = '';
  let last: Values = {};
  const started = performance.now();
  const watched = await watch(stand, daemon, stand.bySize(6, 2), async () => {
    const work = async (): Promise<void> => {
      while (made < count) {
        made += 1;
        const values = { ...LOAD_BALANCER, ...mostTags, ClientToken: randomUUID() };
        const id = await admin.create('Target', values);
        if (lastId === '') {
          [lastId, last] = [id, values];
          continue;
        }
        await admin.must('DeleteTrafficMirrorTarget', { TrafficMirrorTargetId: id });
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS * 2 }, work));
  });
  const seconds = (performance.now() - started) / 1000;
  faults.require((await admin.create('Target', first)) === firstId, 'the first token was forgotten');
  faults.require((await admin.create('Target', last)) === lastId, 'a later token was forgotten');
  const targets = itemsOf(await admin.must('DescribeTrafficMirrorTargets'), 'trafficMirrorTargetSet').length;
  // The configuration file has one, too.
  faults.require(targets === 3, `there are ${targets} targets, not 3`);
  const seen = judge(stand, faults, watched);
  admin.close();
  const file = stateFile(stand, faults);
  await daemon.stop();
  return faults.outcome(
    `${count} tokens of 50 tags, ${Math.round(count / seconds)} a second; ${file}; ${seen}`,
  );
}

/** As many tags as a resource may have, each as long as it may be. */
function tagSpecification(): Values {
  const tags = Array.from({ length: TAG_LIMITS.tags }, (_, index) => [
    [`TagSpecification.1.Tag.${index + 1}.Key`, String(index).padEnd(TAG_LIMITS.key, 'k')],
    [`TagSpecification.1.Tag.${index + 1}.Value`, 'v'.repeat(TAG_LIMITS.value)],
  ]).flat();
  return { 'TagSpecification.1.ResourceType': 'traffic-mirror-target', ...Object.fromEntries(tags) };
}

function stateFile(stand: AttackStand, faults: Faults): string {
  const { size } = statSync(join(stand.stateDirectory, 'api-state.jsonl'));
  const mebibytes = (size / MEBIBYTE).toFixed(1);
  faults.require(size < STATE_LIMIT_BYTES, `the state file has ${mebibytes} MiB, 16 MiB may be`);
  return `state file ${mebibytes} MiB`;
}
