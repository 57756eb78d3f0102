/** What a match must not break to become a source with sessions: the rules of a file, asked match by match. */
import type { NetworkInterface } from '../resources/network-interface.js';
import type { NetworkInterfaceSelector, Selection } from '../resources/network-interface-selector.js';
import { show } from '../resources/parsed.js';
import { FileView, type InterfaceKey, type ResourceSet, receiverKeys } from '../resources/resource-set.js';
import { checkSourceIsNoTarget } from '../resources/rules.js';
import type { RequestedSession } from '../resources/traffic-mirror-session.js';
import type { Receiver } from '../resources/traffic-mirror-target.js';
import type { Match } from './find-matches.js';

/** A match that is no source, or lacks a session. */
export interface Refused {
  readonly selectorId: string;
  /** For people, one line; names are shown in quotes. */
  readonly reason: string;
}

/** The resources of a file, as one expansion asks about them. */
export class ExpansionChecks {
  readonly refused: Refused[] = [];
  readonly #view: FileView;
  readonly #selectors: ReadonlyMap<string, NetworkInterfaceSelector>;
  readonly #templates = new Map<string, RequestedSession[]>();
  readonly #declared: ReadonlyMap<string, NetworkInterface>;
  readonly #sessionIds: ReadonlySet<string>;
  readonly #targets: ReadonlyMap<string, ResourceSet['trafficMirrorTargets'][number]>;
  readonly #targetsByKey = new Map<InterfaceKey, string>();
  readonly #perInterface: number;
  /** Numbers of sessions by interface. */
  readonly #numbers = new Map<string, Map<number, string>>();

  constructor(resources: ResourceSet, { selectors, sessions }: Selection, perInterface: number) {
    this.#perInterface = perInterface;
    this.#view = new FileView(resources);
    this.#selectors = new Map(selectors.map((one) => [one.selectorId, one]));
    this.#declared = new Map(resources.networkInterfaces.map((one) => [one.networkInterfaceId, one]));
    this.#sessionIds = new Set([
      ...resources.trafficMirrorSessions.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId),
      ...sessions.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId),
    ]);
    this.#targets = new Map(resources.trafficMirrorTargets.map((one) => [one.trafficMirrorTargetId, one]));
    for (const target of resources.trafficMirrorTargets) {
      for (const key of receiverKeys(this.#view, target)) {
        this.#targetsByKey.set(key, target.trafficMirrorTargetId);
      }
    }
    for (const session of sessions) {
      const list = this.#templates.get(session.networkInterfaceId) ?? [];
      this.#templates.set(session.networkInterfaceId, [...list, session]);
    }
    for (const {
      networkInterfaceId,
      sessionNumber,
      trafficMirrorSessionId,
    } of resources.trafficMirrorSessions) {
      const source = this.#view.findInterface(networkInterfaceId);
      const id = source?.networkInterfaceId ?? networkInterfaceId;
      this.#numbersOf(id).set(sessionNumber, trafficMirrorSessionId);
    }
  }

  /** A selector of the file. */
  selector(id: string): NetworkInterfaceSelector | undefined {
    return this.#selectors.get(id);
  }

  /** The sessions on a selector. */
  templatesOf(selectorId: string): readonly RequestedSession[] {
    return this.#templates.get(selectorId) ?? [];
  }

  declaredInterface(id: string): NetworkInterface | undefined {
    return this.#declared.get(id);
  }

  isDeclaredId(id: string): boolean {
    return this.#declared.has(id);
  }

  /** The receiver of a session's target. */
  receiverOf({ trafficMirrorTargetId }: RequestedSession): Receiver {
    return this.#targets.get(trafficMirrorTargetId) ?? {};
  }

  refuse({ selectorId }: Match, reason: string): void {
    this.refused.push({ selectorId, reason });
  }

  /** Whether the session can be: its source is no target, and its number and id are free. */
  admits(match: Match, { sessionNumber }: RequestedSession, source: NetworkInterface, id: string): boolean {
    const { networkInterfaceId, device } = source;
    const numbers = this.#numbersOf(this.#idBefore(source));
    const target = checkSourceIsNoTarget(
      { targetWithKey: (key) => this.#targetsByKey.get(key) },
      source,
    )?.other;
    const taken = numbers.get(sessionNumber);
    const where = show(device);
    if (target !== undefined) this.refuse(match, `${where} is in use by target ${target}`);
    else if (this.#sessionIds.has(id)) this.refuse(match, `the id ${id} is declared`);
    else if (taken !== undefined) {
      this.refuse(match, `session number ${sessionNumber} on ${where} is taken by ${taken}`);
    } else if (numbers.size >= this.#perInterface) {
      this.refuse(match, `${where} has ${numbers.size} sessions: quotas.sessionsPerNetworkInterface`);
    } else {
      numbers.set(sessionNumber, id);
      this.#numbers.set(networkInterfaceId, numbers);
      return true;
    }
    return false;
  }

  /** A session may name a device that a selector finds too; before, the device alone was its source. */
  #idBefore({ networkInterfaceId, device, netns }: NetworkInterface): string {
    if (this.#numbers.has(networkInterfaceId) || netns !== undefined) return networkInterfaceId;
    return device !== undefined && this.#numbers.has(device) ? device : networkInterfaceId;
  }

  #numbersOf(id: string): Map<number, string> {
    const numbers = this.#numbers.get(id) ?? new Map<number, string>();
    this.#numbers.set(id, numbers);
    return numbers;
  }
}
