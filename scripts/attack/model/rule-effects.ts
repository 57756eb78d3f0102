/** Filter rules: what their creation and their modification do. */
import { ownerOf } from './calls.js';
import { COMBINATION, Codes, creationTags, type Effect, type Parts, refused, VALUE } from './parts.js';
import { QUOTAS, type Rule, type State, withEntry } from './state.js';

const MAXIMUM_RULE_NUMBER = 32_766;

/** CreateTrafficMirrorFilterRule. */
export function createRule({ state, account, given, made }: Parts): Effect {
  const codes = new Codes();
  const filter = given.text('TrafficMirrorFilterId');
  const rule: Rule = {
    id: made.id,
    filter,
    direction: given.text('TrafficDirection'),
    number: given.text('RuleNumber'),
    action: given.text('RuleAction'),
    protocol: given.optional('Protocol'),
    sourcePorts: given.range('SourcePortRange'),
    destinationPorts: given.range('DestinationPortRange'),
    sourceCidr: given.text('SourceCidrBlock'),
    destinationCidr: given.text('DestinationCidrBlock'),
    description: given.optional('Description'),
    tags: creationTags(given),
  };
  codes.addIf(state.filters.get(filter)?.owner !== account, 'InvalidTrafficMirrorFilterId.NotFound');
  judgeRule(state, rule, codes);
  const count = [...state.rules.values()].filter((other) => other.filter === filter).length;
  codes.addIf(count >= QUOTAS.rulesPerFilter, 'TrafficMirrorFilterRuleLimitExceeded');
  if (codes.size > 0) return refused(codes);
  return { kind: 'done', state: withEntry(state, 'rules', made.id, rule), id: made.id };
}

/** ModifyTrafficMirrorFilterRule. */
export function modifyRule({ state, account, given }: Parts): Effect {
  const codes = new Codes();
  const id = given.text('TrafficMirrorFilterRuleId');
  const before = state.rules.get(id);
  if (before === undefined || ownerOf(state, before) !== account)
    codes.add('InvalidTrafficMirrorFilterRuleId.NotFound');
  const removed = new Set(given.list('RemoveField'));
  const field = (name: string, value: string | undefined, old: string | undefined): string | undefined => {
    codes.addIf(removed.has(name) && value !== undefined, COMBINATION);
    return removed.has(name) ? undefined : (value ?? old);
  };
  const rule: Rule = {
    id,
    filter: before?.filter ?? '',
    direction: given.optional('TrafficDirection') ?? before?.direction ?? '',
    number: given.optional('RuleNumber') ?? before?.number ?? '1',
    action: given.optional('RuleAction') ?? before?.action ?? '',
    protocol: field('protocol', given.optional('Protocol'), before?.protocol),
    sourcePorts: field('source-port-range', given.range('SourcePortRange'), before?.sourcePorts),
    destinationPorts: field(
      'destination-port-range',
      given.range('DestinationPortRange'),
      before?.destinationPorts,
    ),
    sourceCidr: given.optional('SourceCidrBlock') ?? before?.sourceCidr ?? '',
    destinationCidr: given.optional('DestinationCidrBlock') ?? before?.destinationCidr ?? '',
    description: field('description', given.optional('Description'), before?.description),
    tags: before?.tags ?? {},
  };
  if (before !== undefined) judgeRule(state, rule, codes);
  if (codes.size > 0) return refused(codes);
  return { kind: 'done', state: withEntry(state, 'rules', id, rule), id };
}

/** What must hold of a rule among those of its filter. */
function judgeRule(state: State, rule: Rule, codes: Codes): void {
  const { id, filter, direction, number, protocol, sourceCidr, destinationCidr } = rule;
  codes.addIf(Number(number) < 1 || Number(number) > MAXIMUM_RULE_NUMBER, VALUE);
  codes.addIf(sourceCidr.includes(':') !== destinationCidr.includes(':'), VALUE);
  for (const ports of [rule.sourcePorts, rule.destinationPorts]) {
    if (ports === undefined) continue;
    const [from, to] = ports.split('-').map(Number);
    codes.addIf((from ?? 0) > (to ?? 0), VALUE);
    codes.addIf(protocol !== '6' && protocol !== '17', COMBINATION);
  }
  const isTaken = [...state.rules.values()].some(
    (other) =>
      other.id !== id && other.filter === filter && other.direction === direction && other.number === number,
  );
  codes.addIf(isTaken, 'TrafficMirrorFilterRuleAlreadyExists');
}
