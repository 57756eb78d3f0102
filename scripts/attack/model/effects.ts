/** What a call does to the state, or why it may be refused. */
import { type Call, ownerOf } from './calls.js';
import { Codes, countOf, creationTags, type Effect, Given, type Made, type Parts, refused } from './parts.js';
import { createRule, modifyRule } from './rule-effects.js';
import { createSession, createTarget, modifySession } from './session-effects.js';
import { type Inventory, QUOTAS, type State, type Tags, withEntry } from './state.js';

/** What a call would do now. @param made by the answer of a call that was done */
export function effectOf(state: State, call: Call, inventory: Inventory, made: Made): Effect {
  const given = new Given(call);
  const isDry = given.has('DryRun');
  const token = given.optional('ClientToken');
  const key = `${call.account} ${call.action} ${token}`;
  const request = JSON.stringify(
    Object.entries(call.values)
      .filter(([name]) => name !== 'DryRun')
      .sort(),
  );
  const plain = effectWithoutToken(state, call, given, inventory, made);
  const known = token === undefined ? undefined : state.tokens.get(key);
  if (known !== undefined) {
    // What is wrong with the request itself may be told before the token is.
    const own = plain.kind === 'refused' ? plain.codes : [];
    if (known.request !== request) return refused(new Codes(['IdempotentParameterMismatch', ...own]));
    return isDry
      ? refused(new Codes(['DryRunOperation', ...gone(state, known.id)]))
      : repeated(state, known.id);
  }
  if (plain.kind === 'refused') return plain;
  if (isDry) return refused(new Codes(['DryRunOperation']));
  if (token === undefined) return plain;
  return { ...plain, state: withEntry(plain.state, 'tokens', key, { request, id: made.id }) };
}

/** What was created may be told as it was, or not be found when it was deleted since. */
function repeated(state: State, id: string): Effect {
  return { kind: 'done', state, id, orCodes: new Set(gone(state, id)) };
}

function gone(state: State, id: string): string[] {
  const isThere = ['targets', 'filters', 'rules', 'sessions'].some((table) =>
    state[table as keyof State].has(id),
  );
  return isThere ? [] : [notFoundOf(id)];
}

function effectWithoutToken(
  state: State,
  call: Call,
  given: Given,
  inventory: Inventory,
  made: Made,
): Effect {
  const parts: Parts = { state, account: call.account, given, inventory, made };
  switch (call.action) {
    case 'CreateTrafficMirrorTarget':
      return createTarget(parts);
    case 'CreateTrafficMirrorFilter':
      return createFilter(parts);
    case 'CreateTrafficMirrorFilterRule':
      return createRule(parts);
    case 'CreateTrafficMirrorSession':
      return createSession(parts);
    case 'ModifyTrafficMirrorSession':
      return modifySession(parts);
    case 'ModifyTrafficMirrorFilterRule':
      return modifyRule(parts);
    case 'ModifyTrafficMirrorFilterNetworkServices':
      return modifyServices(parts);
    case 'CreateTags':
    case 'DeleteTags':
      return editTags(parts, call.action);
    default:
      return remove(parts, call.action);
  }
}

function createFilter({ state, account, given, made }: Parts): Effect {
  const codes = new Codes();
  codes.addIf(countOf(state.filters, account) >= QUOTAS.filters, 'TrafficMirrorFilterLimitExceeded');
  if (codes.size > 0) return refused(codes);
  const filter = {
    id: made.id,
    owner: account,
    services: [],
    description: given.optional('Description'),
    tags: creationTags(given),
  };
  return { kind: 'done', state: withEntry(state, 'filters', made.id, filter), id: made.id };
}

function modifyServices({ state, account, given }: Parts): Effect {
  const id = given.text('TrafficMirrorFilterId');
  const filter = state.filters.get(id);
  if (filter?.owner !== account) return refused(new Codes(['InvalidTrafficMirrorFilterId.NotFound']));
  const removed = given.list('RemoveNetworkService');
  const services = new Set([...filter.services, ...given.list('AddNetworkService')]);
  for (const service of removed) services.delete(service);
  return { kind: 'done', state: withEntry(state, 'filters', id, { ...filter, services: [...services] }), id };
}

function remove({ state, account, given }: Parts, action: string): Effect {
  const codes = new Codes();
  const kind = action.replace('DeleteTrafficMirror', '');
  const table = ({ Target: 'targets', Filter: 'filters', FilterRule: 'rules', Session: 'sessions' } as const)[
    kind
  ];
  if (table === undefined) throw new Error(`the model does not know ${action}`);
  const id = given.text(`TrafficMirror${kind}Id`);
  const entry = state[table].get(id);
  codes.addIf(
    entry === undefined || ownerOf(state, entry) !== account,
    `InvalidTrafficMirror${kind}Id.NotFound`,
  );
  const sessions = [...state.sessions.values()];
  codes.addIf(
    table === 'targets' && sessions.some(({ target }) => target === id),
    'TrafficMirrorTargetInUse',
  );
  codes.addIf(
    table === 'filters' && sessions.some(({ filter }) => filter === id),
    'TrafficMirrorFilterInUse',
  );
  if (codes.size > 0) return refused(codes);
  const rules = table === 'filters' ? [...state.rules.values()].filter(({ filter }) => filter === id) : [];
  const without = rules.reduce((rest, rule) => withEntry(rest, 'rules', rule.id, undefined), state);
  return { kind: 'done', state: withEntry(without, table, id, undefined) };
}

/** All of the resources, or none. */
function editTags({ state, account, given }: Parts, action: string): Effect {
  const codes = new Codes();
  const tags = given.tags();
  let after = state;
  for (const id of given.list('ResourceId')) {
    const table = (['targets', 'filters', 'rules', 'sessions'] as const).find((name) => state[name].has(id));
    const entry = table && after[table].get(id);
    if (table === undefined || entry === undefined || ownerOf(state, entry) !== account) {
      codes.add(notFoundOf(id));
      continue;
    }
    const edited = { ...entry, tags: editedTags(entry.tags, tags, action) };
    after = withEntry(after, table, id, edited as never);
  }
  return codes.size > 0 ? refused(codes) : { kind: 'done', state: after };
}

function editedTags(before: Tags, given: readonly [string, string | undefined][], action: string): Tags {
  if (action === 'CreateTags') {
    return { ...before, ...Object.fromEntries(given.map(([key, value]) => [key, value ?? ''])) };
  }
  if (given.length === 0) return {};
  const goes = ([key, value]: [string, string]): boolean =>
    given.some(([name, wanted]) => name === key && (wanted === undefined || wanted === value));
  return Object.fromEntries(Object.entries(before).filter((tag) => !goes(tag)));
}

function notFoundOf(id: string): string {
  const kinds = { tmt: 'Target', tmf: 'Filter', tmfr: 'FilterRule', tms: 'Session' } as Readonly<
    Record<string, string>
  >;
  return `InvalidTrafficMirror${kinds[id.split('-')[0] ?? '']}Id.NotFound`;
}
