/**
 * The rules that packets are tested against, as the engine has them: from the sessions and filters that the API shows,
 * and from what the service traffic-mirror tells of the engine.
 */
import type { ExplanationDocument, StatusDocument } from '../../../../src/api/traffic-mirror/shape.js';
import { type TargetWays, waysTo } from '../../../../src/explain/copies.js';
import type {
  EncapsulationPlan,
  EngineOptions,
  SessionPlan,
  SourcePlan,
  UnmirroredType,
} from '../../../../src/plan/mirror-plan.js';
import { UNMIRRORED_TYPES } from '../../../../src/plan/mirror-plan.js';
import { addressWords, parseCidrBlock } from '../../../../src/resources/address.js';
import { encapsulationPlan } from '../../../../src/resources/encapsulation.js';
import { RulePlans } from '../../../../src/resources/rule-plans.js';
import { DEFAULT_AMAZON_DNS, DEFAULT_UNMIRRORED } from '../../../../src/resources/traffic-defaults.js';
import type {
  TrafficMirrorFilter,
  TrafficMirrorFilterRule,
} from '../../../../src/resources/traffic-mirror-filter.js';
import type { Filter } from '../filter.js';
import type { Rule } from '../rule.js';
import type { Session } from '../session.js';
import type { TestSetup } from './capture-test.js';

/** What the engine does with traffic before it asks sessions. */
export interface TrafficSettings {
  readonly unmirrored: readonly UnmirroredType[];
  readonly amazonDnsAddresses: readonly string[];
}

/** What a configuration has unless it says otherwise. */
export const DEFAULT_TRAFFIC: TrafficSettings = {
  unmirrored: DEFAULT_UNMIRRORED,
  amazonDnsAddresses: DEFAULT_AMAZON_DNS,
};

/** What is known. Lists of the status that were refused are absent. */
export interface KnownResources {
  readonly sessions: readonly Session[];
  readonly filters: readonly Filter[];
  readonly status?: Pick<StatusDocument, 'sources' | 'sessions' | 'targets'> | undefined;
  /** Absent: the service did not tell. */
  readonly traffic?: TrafficSettings | undefined;
}

/** A setup, and what to know of its verdicts. */
export interface KnownSetup {
  readonly setup: TestSetup;
  readonly notes: readonly string[];
}

/** Stands for the addresses of a target that is another account's (RFC 5737). */
export const UNKNOWN_ADDRESS = '192.0.2.2';
/** The session that a filter alone is tested with. */
const FILTER_ALONE = 'session with this filter';

/** Such sessions are not in the engine's plan. The others only wait. */
const LEFT_OUT: readonly string[] = ['listener', 'zone', 'resource'];

/** Copies leave whole unless their way is known; DSCP is that of the configuration's default. */
const ENGINE: EngineOptions = {
  io: 'auto',
  workers: 1,
  workerCpus: [],
  ringMegabytes: 'auto',
  ringMemoryMegabytes: 'auto',
  oversize: 'truncate',
  dscp: 8,
  emit: 'auto',
  xdpMegabytes: 0,
};

/** The sources of sessions, by the id that the status has of them where there is one. */
export function sourceIdOf(session: Session, status: KnownResources['status']): string {
  const running = status?.sessions?.find((one) => one.sessionId === session.trafficMirrorSessionId);
  return running?.sourceId ?? session.networkInterfaceId;
}

/** All sessions of a source, in the order in which they are asked. */
export function sourceSetup(sourceId: string, known: KnownResources): KnownSetup {
  const { sessions, filters, status, traffic } = known;
  const notes: string[] = trafficNotes(known);
  const plans: SessionPlan[] = [];
  const own = sessions.filter((one) => sourceIdOf(one, status) === sourceId);
  for (const session of own.toSorted((a, b) => a.sessionNumber - b.sessionNumber)) {
    const id = session.trafficMirrorSessionId;
    const running = status?.sessions?.find((one) => one.sessionId === id);
    const filter = filters.find((one) => one.trafficMirrorFilterId === session.trafficMirrorFilterId);
    if (running?.active === false && LEFT_OUT.includes(running.cause)) {
      notes.push(`Session ${id} is inactive and takes no packets: ${running.reason}`);
    } else if (filter === undefined) {
      notes.push(`Session ${id} is left out: its filter ${session.trafficMirrorFilterId} cannot be read`);
    } else {
      if (status !== undefined && running?.targetAddresses === undefined)
        notes.push(`The addresses of the target of session ${id} are not told: lengths are those over IPv4`);
      plans.push(sessionPlan(session, filter, sourceId, running));
    }
  }
  const device = status?.sources?.find((one) => one.sourceId === sourceId)?.device ?? sourceId;
  return {
    setup: setupOf({ id: sourceId, device, ...trafficPlan(traffic), sessions: plans }, status),
    notes,
  };
}

/** A filter as if one session had it. */
export function filterSetup(filter: Filter, known: KnownResources): KnownSetup {
  const session: SessionPlan = {
    id: FILTER_ALONE,
    sessionNumber: 1,
    vni: 0,
    ...rulesOf(filter),
    targetId: 'any target',
    targetAddresses: [UNKNOWN_ADDRESS],
  };
  const id = filter.trafficMirrorFilterId;
  const source = { id, device: id, ...trafficPlan(known.traffic), sessions: [session] };
  return { setup: setupOf(source, undefined), notes: trafficNotes(known) };
}

/**
 * What the answers of ExplainPacket tell of the settings of the engine.
 * @param ip of any packet over UDP that no type is made for. @param arp of an ARP packet
 */
export function trafficSettings(
  ip: Pick<ExplanationDocument, 'walk'>,
  arp: Pick<ExplanationDocument, 'walk'>,
): TrafficSettings {
  const named = new Set([...ip.walk.types, ...arp.walk.types].map(({ type }) => type));
  return {
    unmirrored: UNMIRRORED_TYPES.filter((type) => named.has(type)),
    amazonDnsAddresses: ip.walk.service?.addresses ?? [],
  };
}

function trafficNotes({ traffic }: KnownResources): string[] {
  if (traffic !== undefined) return [];
  return ['Which traffic is never mirrored is not told: the defaults of the configuration are taken'];
}

function trafficPlan({
  unmirrored,
  amazonDnsAddresses,
} = DEFAULT_TRAFFIC): Pick<SourcePlan, 'unmirrored' | 'amazonDnsAddresses'> {
  return { unmirrored, amazonDnsAddresses: amazonDnsAddresses.map(addressWords) };
}

type RunningSession = NonNullable<StatusDocument['sessions']>[number];

function sessionPlan(
  session: Session,
  filter: Filter,
  sourceId: string,
  running: RunningSession | undefined,
): SessionPlan {
  const { packetLength } = session;
  const encapsulation = encapsulationOf(running, sourceId);
  return {
    id: session.trafficMirrorSessionId,
    sessionNumber: session.sessionNumber,
    ...(encapsulation && { encapsulation }),
    vni: session.virtualNetworkId,
    ...(packetLength !== undefined && { packetLength }),
    ...rulesOf(filter),
    targetId: session.trafficMirrorTargetId,
    targetAddresses: running?.targetAddresses ?? [UNKNOWN_ADDRESS],
  };
}

function encapsulationOf(
  running: RunningSession | undefined,
  sourceId: string,
): EncapsulationPlan | undefined {
  const { name, options = [] } = (running?.encapsulation ?? { name: 'vxlan' }) as Partial<EncapsulationPlan>;
  if (name === undefined) return undefined;
  return encapsulationPlan({ encapsulation: name, encapsulationOptions: options }, sourceId);
}

/** The same numbers as in the engine: blocks with their host bits cleared, rules by ascending number. */
function rulesOf(filter: Filter): Pick<SessionPlan, 'amazonDns' | 'rules'> {
  const resource = {
    trafficMirrorFilterId: filter.trafficMirrorFilterId,
    networkServices: [],
    ingressFilterRules: filter.ingressFilterRules.map(ruleResource),
    egressFilterRules: filter.egressFilterRules.map(ruleResource),
    tags: [],
  } satisfies Record<keyof Omit<TrafficMirrorFilter, 'description'>, unknown>;
  return {
    amazonDns: filter.networkServices.includes('amazon-dns'),
    rules: new RulePlans().of(resource as unknown as TrafficMirrorFilter),
  };
}

function ruleResource(rule: Rule): TrafficMirrorFilterRule {
  const blockOf = (text: string) => {
    const block = parseCidrBlock(text);
    if (!block.ok) throw new Error(`rule ${rule.trafficMirrorFilterRuleId}: ${block.text}`);
    return block.value;
  };
  const { protocol, sourcePortRange, destinationPortRange } = rule;
  return {
    trafficMirrorFilterRuleId: rule.trafficMirrorFilterRuleId,
    ruleNumber: rule.ruleNumber as TrafficMirrorFilterRule['ruleNumber'],
    ruleAction: rule.ruleAction,
    ...(protocol !== undefined && { protocol }),
    ...(sourcePortRange !== undefined && { sourcePortRange }),
    ...(destinationPortRange !== undefined && { destinationPortRange }),
    sourceCidrBlock: blockOf(rule.sourceCidrBlock),
    destinationCidrBlock: blockOf(rule.destinationCidrBlock),
    tags: [] as unknown as TrafficMirrorFilterRule['tags'],
  };
}

function setupOf(source: SourcePlan, status: KnownResources['status']): TestSetup {
  return { plan: { sources: [source], engine: ENGINE, healthChecks: [] }, source, ways: waysOf(status) };
}

/** The ways to the targets, as far as the account may know them. */
function waysOf(status: KnownResources['status']): TargetWays {
  const addresses = (status?.targets ?? []).flatMap(({ addresses = [] }) => addresses);
  return waysTo(
    addresses.flatMap(({ device, maximumInnerLength, ...known }) =>
      device === undefined || maximumInnerLength === undefined
        ? []
        : [{ ...known, device, maximumInnerLength }],
    ),
  );
}
