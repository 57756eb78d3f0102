/** Users who may do less, and the other account: what they get by asking again, by odd tags, and by guessing ids. */
import { randomBytes, randomUUID } from 'node:crypto';
import { type Attack, Faults, type Outcome } from './attack.js';
import { type Ec2Answer, Ec2User, type Values } from './client.js';
import { ADMIN, DESCRIBER, NOBODY, NOT_RED, OTHER } from './configuration.js';
import type { AttackStand } from './stand.js';

export const AUTHORIZATION: Attack = {
  name: 'authorization',
  title: 'client tokens of others, tags beside a Deny, and ids of another account',
  by: 'client',
  limitSeconds: { full: 60, quick: 40 },
  run: askForMore,
};

const KINDS = ['Target', 'Filter', 'FilterRule', 'Session'] as const;
type Kind = (typeof KINDS)[number];
type Ids = Readonly<Record<Kind, string>>;

const LOAD_BALANCER = { NetworkLoadBalancerArn: 'nlb-ids' };
const EVERYWHERE = { SourceCidrBlock: '0.0.0.0/0', DestinationCidrBlock: '0.0.0.0/0' };
const RULE = { TrafficDirection: 'ingress', RuleNumber: 1, RuleAction: 'accept', ...EVERYWHERE };
const REFUSED = 403;
const ID = /tm(?:t|f|fr|s)-0[0-9a-f]{16}/g;

async function askForMore(stand: AttackStand): Promise<Outcome> {
  const faults = new Faults();
  const daemon = await stand.start(stand.configure());
  const admin = new Ec2User(ADMIN);
  const other = new Ec2User(OTHER);
  const ids = await createAll(admin);
  const tokens = await repeatTokens(admin, faults);
  const tags = await dodgeDeny(admin, faults);
  const foreign = await guessIds(ids, other, faults);
  const conflicts = await provokeConflicts(admin, other, faults);
  for (const user of [admin, other]) user.close();
  faults.require((await daemon.stop()) === 0, 'the daemon did not end well');
  return faults.outcome(
    `${tokens} repeated tokens, ${tags} calls with tags beside a Deny, ${foreign} calls with ids of another account, ` +
      `${conflicts} conflicts with another account`,
  );
}

async function createAll(admin: Ec2User): Promise<Ids> {
  const Target = await admin.create('Target', LOAD_BALANCER);
  const Filter = await admin.create('Filter');
  const FilterRule = await admin.create('FilterRule', { TrafficMirrorFilterId: Filter, ...RULE });
  const Session = await admin.create('Session', {
    NetworkInterfaceId: 'eni-web',
    TrafficMirrorTargetId: Target,
    TrafficMirrorFilterId: Filter,
    SessionNumber: 2,
  });
  return { Target, Filter, FilterRule, Session };
}

/** Who may not create gets nothing by the token of somebody who may. @returns how many calls */
async function repeatTokens(admin: Ec2User, faults: Faults): Promise<number> {
  const users = [new Ec2User(NOBODY), new Ec2User(DESCRIBER)];
  const filter = await admin.create('Filter');
  const rows: [kind: Kind, values: Values][] = [
    ['Target', LOAD_BALANCER],
    ['Filter', {}],
    ['FilterRule', { TrafficMirrorFilterId: filter, ...RULE }],
    ['Session', await sessionValues(admin, filter)],
  ];
  let count = 0;
  for (const [kind, values] of rows) {
    const request = { ...values, ClientToken: randomUUID() };
    const id = await admin.create(kind, request);
    faults.require((await admin.create(kind, request)) === id, `the ${kind}'s own token was not recognized`);
    for (const user of users) {
      const variants: Values[] = [request, { ...request, DryRun: true }, { ...request, Description: 'x' }];
      for (const variant of variants) {
        count += 1;
        const { status, text } = await user.call(`CreateTrafficMirror${kind}`, variant);
        faults.require(status === REFUSED, `a ${kind} by the token of somebody else: ${status}`);
        faults.require(!text.includes(id), `a refusal tells the ${kind} of the token`);
      }
    }
  }
  for (const user of users) user.close();
  return count;
}

async function sessionValues(admin: Ec2User, filter: string): Promise<Values> {
  const TrafficMirrorTargetId = await admin.create('Target', LOAD_BALANCER);
  return {
    NetworkInterfaceId: 'eni-web',
    TrafficMirrorTargetId,
    TrafficMirrorFilterId: filter,
    SessionNumber: 3,
  };
}

/** A Deny on team=red, whatever the case of the key, and whatever stands beside it. @returns how many calls */
async function dodgeDeny(admin: Ec2User, faults: Faults): Promise<number> {
  const user = new Ec2User(NOT_RED);
  const keySets = [
    ['team'],
    ['Team', 'TEAM'],
    ['TEAM', 'Team'],
    ['tEAM', 'team', 'teaM'],
    ['zzz', 'Team', 'TEAM', 'aaa'],
  ];
  let count = 0;
  const mustBeRefused = async (what: string, action: string, values: Values): Promise<void> => {
    count += 1;
    const { status } = await user.call(action, values);
    faults.require(status === REFUSED, `${action} ${what}: ${status}`);
  };
  for (const keys of keySets) {
    for (const red of keys.filter((key) => key.toLowerCase() === 'team')) {
      const tags = keys.map((key) => [key, key === red ? 'red' : 'blue'] as const);
      const what = tags.map(([key, value]) => `${key}=${value}`).join(' ');
      const filter = await admin.create('Filter', tagSpecification(tags));
      const free = await user.create('Filter');
      await mustBeRefused(what, 'CreateTrafficMirrorFilter', tagSpecification(tags));
      await mustBeRefused(what, 'CreateTags', { 'ResourceId.1': free, ...tagValues('', tags) });
      await mustBeRefused(what, 'DeleteTrafficMirrorFilter', { TrafficMirrorFilterId: filter });
      await mustBeRefused(what, 'DeleteTags', { 'ResourceId.1': filter });
      await mustBeRefused(what, 'CreateTrafficMirrorFilterRule', { TrafficMirrorFilterId: filter, ...RULE });
      await user.must('DeleteTrafficMirrorFilter', { TrafficMirrorFilterId: free });
    }
  }
  user.close();
  return count;
}

/** What belongs to another account is answered as what is not there. @returns how many pairs of calls */
async function guessIds(ids: Ids, other: Ec2User, faults: Faults): Promise<number> {
  let count = 0;
  for (const kind of KINDS) {
    const foreign = ids[kind];
    const absent = foreign.replace(/-0.*/, `-0${randomBytes(8).toString('hex')}`);
    for (const [action, valuesOf] of callsWith(kind, ids)) {
      count += 1;
      const there = await other.call(action, valuesOf(foreign));
      const notThere = await other.call(action, valuesOf(absent));
      const same = shape(there, foreign) === shape(notThere, absent);
      faults.require(
        same,
        `${action} tells ${kind} of another account (${there.status} ${there.code}) from none (${notThere.code})`,
      );
      faults.require(there.status !== 200, `${action} of another account's ${kind}: 200`);
    }
  }
  return count;
}

/** Everything that names a resource of the kind. */
function callsWith(kind: Kind, ids: Ids): [action: string, values: (id: string) => Values][] {
  const name = `TrafficMirror${kind}Id`;
  const session = { NetworkInterfaceId: 'eni-web', SessionNumber: 9 };
  const parts = { TrafficMirrorTargetId: ids.Target, TrafficMirrorFilterId: ids.Filter };
  const calls: [string, (id: string) => Values][] = [
    [`DeleteTrafficMirror${kind}`, (id) => ({ [name]: id })],
    [`DeleteTrafficMirror${kind}`, (id) => ({ [name]: id, DryRun: true })],
    [`DescribeTrafficMirror${kind}s`, (id) => ({ [`${name}.1`]: id })],
    ['CreateTags', (id) => ({ 'ResourceId.1': id, 'Tag.1.Key': 'a', 'Tag.1.Value': 'b' })],
    ['DeleteTags', (id) => ({ 'ResourceId.1': id, 'Tag.1.Key': 'a' })],
  ];
  if (kind === 'Session') {
    calls.push(['ModifyTrafficMirrorSession', (id) => ({ [name]: id, SessionNumber: 9 })]);
  }
  if (kind === 'FilterRule') {
    calls.push(['ModifyTrafficMirrorFilterRule', (id) => ({ [name]: id, RuleNumber: 9 })]);
  }
  if (kind === 'Filter') {
    calls.push(
      ['CreateTrafficMirrorFilterRule', (id) => ({ [name]: id, ...RULE })],
      [
        'ModifyTrafficMirrorFilterNetworkServices',
        (id) => ({ [name]: id, 'AddNetworkService.1': 'amazon-dns' }),
      ],
    );
  }
  if (kind === 'Filter' || kind === 'Target') {
    calls.push(['CreateTrafficMirrorSession', (id) => ({ ...session, ...parts, [name]: id })]);
  }
  return calls;
}

/** An answer without the id that was asked for, and without its own. */
function shape({ status, text }: Ec2Answer, id: string): string {
  const neutral = text.replaceAll(id, 'ID').replace(/<(RequestID|requestId)>[^<]*/gi, '');
  return `${status} ${neutral}`;
}

/** What the other account runs into is not named. @returns how many conflicts */
async function provokeConflicts(admin: Ec2User, other: Ec2User, faults: Faults): Promise<number> {
  await admin.create('Target', { NetworkInterfaceId: 'eni-ids2' });
  const target = await other.create('Target', LOAD_BALANCER);
  const filter = await other.create('Filter');
  const own = new Set([target, filter]);
  const session = { TrafficMirrorTargetId: target, TrafficMirrorFilterId: filter };
  const calls: [action: string, values: Values][] = [
    ['CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids2' }],
    ['CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }],
    ['CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-web' }],
    ['CreateTrafficMirrorSession', { ...session, NetworkInterfaceId: 'eni-web', SessionNumber: 1 }],
    ['CreateTrafficMirrorSession', { ...session, NetworkInterfaceId: 'eni-web', SessionNumber: 2 }],
    ['CreateTrafficMirrorSession', { ...session, NetworkInterfaceId: 'eni-web', SessionNumber: 4 }],
  ];
  for (const [action, values] of calls) {
    const { status, text } = await other.call(action, values);
    const told = [...(text.match(ID) ?? []), ...(text.match(/\btm[ts]-(?:ids|load)\b/g) ?? [])];
    const foreign = told.filter((id) => !own.has(id));
    faults.require(status === 400, `${action} with ${JSON.stringify(values)} in conflict: ${status}`);
    faults.require(foreign.length === 0, `${action} in conflict names ${foreign.join()} of another account`);
  }
  return calls.length;
}

function tagSpecification(tags: readonly (readonly [string, string])[]): Values {
  return {
    'TagSpecification.1.ResourceType': 'traffic-mirror-filter',
    ...tagValues('TagSpecification.1.', tags),
  };
}

function tagValues(prefix: string, tags: readonly (readonly [string, string])[]): Values {
  const values = tags.flatMap(([key, value], index) => [
    [`${prefix}Tag.${index + 1}.Key`, key],
    [`${prefix}Tag.${index + 1}.Value`, value],
  ]);
  return Object.fromEntries(values);
}
