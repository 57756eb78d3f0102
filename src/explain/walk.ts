/**
 * The way of a packet through the filters of a source: the tests of the interpreter, which tells each of them as it
 * makes it, with the reason of those that fail.
 */
import type { Decoded } from '../decode/decoded.js';
import { type InterpretObserver, interpret, type Mismatch } from '../match/interpret.js';
import type {
  AddressPlan,
  Direction,
  PortRangePlan,
  PrefixPlan,
  RulePlan,
  SessionPlan,
  SourcePlan,
} from '../plan/mirror-plan.js';
import { formatAddress } from '../resources/address.js';
import type { FieldsOfSide, FrameFields } from './frame-fields.js';
import { protocolText } from './protocol-text.js';

/** A type of traffic that is never mirrored, and whether the packet is of it. */
interface WalkedType {
  readonly type: string;
  readonly matches: boolean;
}

/** The test for traffic with a name server. */
interface WalkedService {
  readonly service: 'amazon-dns';
  readonly addresses: readonly string[];
  readonly matches: boolean;
  /** The session that mirrors all of it; absent: the packet is no such traffic, or no session lists the service. */
  readonly sessionId?: string;
}

/** A rule that was tested. */
interface WalkedRule {
  readonly ruleNumber: number;
  readonly ruleId: string;
  readonly action: RulePlan['action'];
  readonly matches: boolean;
  /** Why it does not match; absent when it does. */
  readonly why?: string;
}

/** A session that was asked, with its rules up to the one that decides. */
export interface WalkedSession {
  readonly sessionId: string;
  readonly sessionNumber: number;
  readonly rules: readonly WalkedRule[];
  /** no-match: no rule does, so the packet is left to the next session, as after a reject. */
  readonly result: RulePlan['action'] | 'no-match';
}

/** All tests, in their order, up to the one that decides. */
export interface Walk {
  readonly types: readonly WalkedType[];
  /** Absent: it was decided before. */
  readonly service?: WalkedService;
  readonly sessions: readonly WalkedSession[];
  /** Sessions that come after what decided. */
  readonly sessionsNotAsked: readonly string[];
  /** Of verdict.ts. */
  readonly verdict: number;
}

/** Walks a packet through the filters. @param fields of the same packet. */
export function walk(source: SourcePlan, direction: Direction, decoded: Decoded, fields: FrameFields): Walk {
  const observer = new Steps(source, direction, fields);
  const verdict = interpret(source, direction, decoded, observer);
  const { types, service } = observer;
  const asked = new Set(observer.sessions.map(({ sessionId }) => sessionId));
  if (service?.sessionId !== undefined) asked.add(service.sessionId);
  return {
    types: fields.kind === 'arp' ? arpTypes(source) : types,
    ...(service !== undefined && { service }),
    sessions: observer.sessions,
    sessionsNotAsked: source.sessions.flatMap(({ id }) => (asked.has(id) ? [] : [id])),
    verdict,
  };
}

/** The interpreter decides ARP by its kind. */
function arpTypes({ unmirrored }: SourcePlan): WalkedType[] {
  return unmirrored.includes('arp') ? [{ type: 'arp', matches: true }] : [];
}

class Steps implements InterpretObserver {
  readonly types: WalkedType[] = [];
  service: WalkedService | undefined;
  readonly #source: SourcePlan;
  readonly #direction: Direction;
  readonly #fields: FrameFields;
  readonly #sessions: { readonly plan: SessionPlan; readonly rules: WalkedRule[] }[] = [];

  constructor(source: SourcePlan, direction: Direction, fields: FrameFields) {
    this.#source = source;
    this.#direction = direction;
    this.#fields = fields;
  }

  get sessions(): WalkedSession[] {
    return this.#sessions.map(({ plan, rules }) => {
      const last = rules.at(-1);
      return {
        sessionId: plan.id,
        sessionNumber: plan.sessionNumber,
        rules,
        result: last?.matches === true ? last.action : 'no-match',
      };
    });
  }

  type(type: string, matches: boolean): void {
    this.types.push({ type, matches });
  }

  amazonDns(matches: boolean, sessionIndex: number): void {
    const session = this.#source.sessions[sessionIndex];
    this.service = {
      service: 'amazon-dns',
      addresses: this.#source.amazonDnsAddresses.map(formatAddress),
      matches,
      ...(session !== undefined && { sessionId: session.id }),
    };
  }

  session(sessionIndex: number): void {
    this.#sessions.push({ plan: this.#source.sessions[sessionIndex], rules: [] });
  }

  rule(ruleIndex: number, mismatch: Mismatch | undefined): void {
    const session = this.#sessions.at(-1);
    const rule = session?.plan.rules[this.#direction][ruleIndex];
    if (session === undefined || rule === undefined) return;
    session.rules.push({
      ruleNumber: rule.ruleNumber,
      ruleId: rule.id,
      action: rule.action,
      matches: mismatch === undefined,
      ...(mismatch !== undefined && { why: reasonOf(mismatch, rule, this.#fields) }),
    });
  }
}

/** Why a rule does not match, in short. Users of other firewalls take protocol 0 for every protocol. */
function reasonOf(mismatch: Mismatch, rule: RulePlan, fields: FrameFields): string {
  const reason = firstReason(mismatch, rule, fields);
  if (rule.protocol !== 0) return reason;
  return `${reason}; its protocol 0 is the hop-by-hop options of IPv6, not all protocols: leave protocol out for all`;
}

function firstReason(mismatch: Mismatch, rule: RulePlan, { kind, ip }: FrameFields): string {
  if (ip === undefined) return '';
  const { protocol, source, destination, fragment } = ip;
  switch (mismatch) {
    case 'family':
      return `it is for IPv${rule.source.family}, the packet is ${kind === 'ipv4' ? 'IPv4' : 'IPv6'}`;
    case 'protocol':
      return `protocol is ${protocolText(protocol)}, not ${protocolText(rule.protocol ?? 0)}`;
    case 'source':
      return addressReason('source', source, rule.source);
    case 'destination':
      return addressReason('destination', destination, rule.destination);
    case 'sourcePorts':
      return portReason('source', source, rule.sourcePorts);
    case 'destinationPorts':
      return portReason('destination', destination, rule.destinationPorts);
    case 'noPorts':
      return fragment === 'later'
        ? 'it tests ports, and a later fragment has none'
        : 'it tests ports, and they are not in the captured bytes';
  }
}

function addressReason(which: string, { address }: FieldsOfSide, prefix: PrefixPlan): string {
  return `${which} ${address} is not in ${prefixText(prefix)}`;
}

function portReason(which: string, { port }: FieldsOfSide, range: PortRangePlan | undefined): string {
  const { from = 0, to = 0 } = range ?? {};
  return `${which} port ${port} is not ${from === to ? from : `in ${from}-${to}`}`;
}

function prefixText(prefix: AddressPlan & { readonly length: number }): string {
  return `${formatAddress(prefix)}/${prefix.length}`;
}
