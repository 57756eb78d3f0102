/** What the form Modify rule sends: the fields that changed, and by name those that were emptied. */
import type { Parameters } from '../aws/parameters.js';
import { portRangeText, type Rule } from '../model/rule.js';
import { parsePortRange } from './port-range.js';
import { fieldsOfRule, protocolOf, type RuleFields, rangeParameter } from './rule-fields.js';

/** A field that can be removed, as RemoveField names it. */
type RemovableField = 'destination-port-range' | 'source-port-range' | 'protocol' | 'description';

/**
 * The parameters of ModifyTrafficMirrorFilterRule without the id of the rule; undefined when nothing changed.
 * @param fields without problems
 */
export function ruleChanges(rule: Rule, fields: RuleFields): Parameters | undefined {
  const before = fieldsOfRule(rule);
  const protocol = protocolOf(fields);
  const source = parsePortRange(fields.sourcePortRange);
  const destination = parsePortRange(fields.destinationPortRange);
  const changesSource = portRangeText(rule.sourcePortRange) !== portRangeText(source);
  const changesDestination = portRangeText(rule.destinationPortRange) !== portRangeText(destination);
  const sendsRange =
    (changesSource && source !== undefined) || (changesDestination && destination !== undefined);
  const removed: [RemovableField, boolean][] = [
    ['destination-port-range', rule.destinationPortRange !== undefined && destination === undefined],
    ['source-port-range', rule.sourcePortRange !== undefined && source === undefined],
    ['protocol', rule.protocol !== undefined && protocol === undefined],
    ['description', before.description !== '' && fields.description === ''],
  ];
  const names = removed.filter(([, applies]) => applies).map(([name]) => name);
  const changes: Parameters = {
    RuleNumber: changed(rule.ruleNumber, Number(fields.ruleNumber)),
    RuleAction: changed(rule.ruleAction, fields.ruleAction),
    // A range is sent with its protocol: what it means then does not depend on what the rule is meanwhile.
    Protocol: sendsRange ? protocol : changed(rule.protocol, protocol),
    SourcePortRange: changesSource ? rangeParameter(source) : undefined,
    DestinationPortRange: changesDestination ? rangeParameter(destination) : undefined,
    SourceCidrBlock: changed(rule.sourceCidrBlock, fields.sourceCidrBlock.trim()),
    DestinationCidrBlock: changed(rule.destinationCidrBlock, fields.destinationCidrBlock.trim()),
    Description: changed(before.description, fields.description) || undefined,
    RemoveField: names.length === 0 ? undefined : names,
  };
  return Object.values(changes).some((value) => value !== undefined) ? changes : undefined;
}

function changed<T>(before: T, after: T): T | undefined {
  return before === after ? undefined : after;
}
