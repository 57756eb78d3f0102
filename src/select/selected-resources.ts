/**
 * Resources with the matches of selectors in their place: for each match an interface, and for each session on its
 * selector one of its own.
 */
import { createHash, createHmac } from 'node:crypto';
import type { NetworkInterface } from '../resources/network-interface.js';
import type { Selection } from '../resources/network-interface-selector.js';
import { VNI_RANGE, type Vni } from '../resources/numbers.js';
import type { ResourceSet } from '../resources/resource-set.js';
import {
  completePacketLength,
  type RequestedSession,
  type TrafficMirrorSession,
} from '../resources/traffic-mirror-session.js';
import { ExpansionChecks, type Refused } from './expansion-checks.js';
import type { Match } from './find-matches.js';

/** Hex digits of ids, as in those of EC2. */
const ID_DIGITS = 17;

/** What a file declares. */
export interface Declared {
  readonly resources: ResourceSet;
  readonly selection: Selection;
  /** Most sessions on one interface. */
  readonly sessionsPerInterface: number;
  /** The account that owns the matches of selectors without an owner; absent: there is no control API. */
  readonly ownerId?: string | undefined;
}

/** The resources, and for each match that is no source, or lacks a session, why. */
export interface Expanded {
  readonly resources: ResourceSet;
  readonly refused: readonly Refused[];
}

/** A session to make. */
interface Wanted {
  readonly match: Match;
  /** The session on the selector. */
  readonly template: RequestedSession;
  readonly source: NetworkInterface;
  readonly id: string;
  /** The network identifier that it had before; undefined: none that it can keep. */
  readonly vni: Vni | undefined;
}

/** What was made of matches is kept for as long as they are there: equal resources are the same objects. */
export class SelectedResources {
  readonly #key: Uint8Array;
  #interfaces = new Map<string, NetworkInterface>();
  #sessions = new Map<string, TrafficMirrorSession>();

  /** @param key a secret of this host: without it nobody can tell which name would have another's network identifier */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /**
   * @param isVniTaken whether a session that is not among these resources has the identifier; a session keeps its own
   */
  expand(
    { resources, selection, sessionsPerInterface, ownerId }: Declared,
    matches: readonly Match[],
    isVniTaken: (vni: Vni) => boolean,
  ): Expanded {
    const checks = new ExpansionChecks(resources, selection, sessionsPerInterface);
    const interfaces = new Map<string, NetworkInterface>();
    const sessions = new Map<string, TrafficMirrorSession>();
    const vnis = new Set(resources.trafficMirrorSessions.map((session) => session.virtualNetworkId));
    for (const { virtualNetworkId } of selection.sessions) {
      if (virtualNetworkId !== undefined) vnis.add(virtualNetworkId);
    }
    // All keep theirs before any is chosen.
    const kept = (id: string): Vni | undefined => {
      const vni = this.#sessions.get(id)?.virtualNetworkId;
      return vni === undefined || vnis.has(vni) ? undefined : vni;
    };
    const wanted = matches.flatMap((match): Wanted[] => {
      const source = this.#interfaceOf(match, checks, ownerId);
      if (source === undefined) return [];
      if (match.declaredId === undefined) interfaces.set(source.networkInterfaceId, source);
      return checks.templatesOf(match.selectorId).flatMap((template) => {
        const id = sessionId(template, source);
        return checks.admits(match, template, source, id)
          ? [{ match, template, source, id, vni: kept(id) }]
          : [];
      });
    });
    const keptVnis = new Set(wanted.map(({ vni }) => vni));
    for (const one of wanted) {
      const isTaken = (vni: Vni): boolean => vnis.has(vni) || keptVnis.has(vni) || isVniTaken(vni);
      const vni = one.template.virtualNetworkId ?? one.vni ?? this.#chooseVni(one.id, isTaken);
      vnis.add(vni);
      sessions.set(one.id, this.#sessionOf(one, vni, checks));
    }
    this.#interfaces = interfaces;
    this.#sessions = sessions;
    return {
      resources: {
        ...resources,
        networkInterfaces: [...resources.networkInterfaces, ...interfaces.values()],
        trafficMirrorSessions: [...resources.trafficMirrorSessions, ...sessions.values()],
      },
      refused: checks.refused,
    };
  }

  #interfaceOf(match: Match, checks: ExpansionChecks, firstAccount?: string): NetworkInterface | undefined {
    if (match.declaredId !== undefined) return checks.declaredInterface(match.declaredId);
    const { device, netns, netnsIdentity, namedBy } = match;
    const selector = checks.selector(namedBy);
    const { perspective = 'host', ownerId = firstAccount, subnetOwnerId } = selector ?? {};
    const networkInterfaceId = `eni-${digest('interface', namedBy, ...match.owner, device)}`;
    if (checks.isDeclaredId(networkInterfaceId)) {
      checks.refuse(match, `the id ${networkInterfaceId} is declared`);
      return undefined;
    }
    const made: NetworkInterface = {
      networkInterfaceId,
      device,
      ...(netns !== undefined && { netns }),
      ...(netnsIdentity !== undefined && { netnsIdentity }),
      perspective,
      ...(ownerId !== undefined && { ownerId }),
      ...(subnetOwnerId !== undefined && { subnetOwnerId }),
      selectorId: namedBy,
    };
    const before = this.#interfaces.get(networkInterfaceId);
    return before !== undefined && JSON.stringify(before) === JSON.stringify(made) ? before : made;
  }

  #sessionOf(
    { match, template, source, id }: Wanted,
    vni: Vni,
    checks: ExpansionChecks,
  ): TrafficMirrorSession {
    const packetLength = completePacketLength(checks.receiverOf(template), template.packetLength);
    const session: TrafficMirrorSession = {
      ...template,
      trafficMirrorSessionId: id,
      networkInterfaceId: source.networkInterfaceId,
      ...(packetLength !== undefined && { packetLength }),
      virtualNetworkId: vni,
      selectorId: match.selectorId,
    };
    const before = this.#sessions.get(id);
    return before !== undefined && JSON.stringify(before) === JSON.stringify(session) ? before : session;
  }

  /** The same after a new start, unless it is taken then. Never 0, which clients read as "not set". */
  #chooseVni(id: string, isTaken: (vni: Vni) => boolean): Vni {
    for (let round = 0; ; round++) {
      const bytes = createHmac('sha256', this.#key).update(`${round} ${id}`).digest();
      const vni = ((bytes.readUInt32BE(0) % VNI_RANGE.maximum) + 1) as Vni;
      if (!isTaken(vni)) return vni;
    }
  }
}

/** The id of the session that a match has of one on its selector. */
function sessionId({ trafficMirrorSessionId }: RequestedSession, source: NetworkInterface): string {
  return `tms-${digest('session', trafficMirrorSessionId, source.networkInterfaceId)}`;
}

/** As JSON: whatever a name holds, it is not taken for two. */
function digest(...names: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, ID_DIGITS);
}
