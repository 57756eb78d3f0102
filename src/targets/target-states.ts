/**
 * The state of each target address, from its route, its neighbour, its send errors and its health check. Decides which
 * addresses load balancers avoid, and which addresses get no copies.
 */
import type { SkipReason } from '../counters/skip-reason.js';
import type { NeighbourState } from '../linux/routes.js';
import type { RouteReport } from './route.js';

/**
 * suspect: copies are sent, but some are lost on the way or refused by the target. unreachable: none arrives, and load
 * balancers avoid the address.
 */
export const TARGET_STATES = ['reachable', 'suspect', 'unreachable'] as const;

export type TargetState = (typeof TARGET_STATES)[number];

/** How copies leave: by the kernel's routes, or straight to the device by packet sockets or AF_XDP. */
export const EMISSION_WAYS = ['routed', 'packet-socket', 'xdp'] as const;

/** How the copies for an address leave. */
export interface Emission {
  readonly address: string;
  readonly emission: (typeof EMISSION_WAYS)[number];
  /** Why not by a way that is preferred; empty when they leave as they are to. */
  readonly emissionReason: string;
}

/** The state of a target, reported to the daemon when it changes. */
export interface TargetReport {
  readonly type: 'target';
  readonly address: string;
  /** Egress device; empty without a route. */
  readonly device: string;
  /** MTU of that device, in bytes; 0 without a route. */
  readonly mtu: number;
  /** Most bytes of a frame that fit into one outer packet; 0 without a route. */
  readonly maximumInnerLength: number;
  readonly state: TargetState;
  /** Why it is not `reachable`; else empty. */
  readonly reason: string;
  readonly emission: Emission['emission'];
  readonly emissionReason: string;
}

/** The last send error of an address since errors were last collected. */
export interface SendError {
  readonly address: string;
  readonly reason: SkipReason;
}

/** How long a send error counts. A refusal counts longer: hosts limit how many ICMP messages they send. */
const SEND_ERROR_MS = 1000;
const REFUSAL_MS = 3000;
/** Where copies are direct, only those that confirm the neighbour are answered, one round of them in five seconds. */
const DIRECT_REFUSAL_MS = 8000;
/**
 * How long the kernel may ask for a neighbour before it counts as failed. The kernel gives up after three seconds, but
 * the next packet resets that state.
 */
const ASKING_MS = 1500;

/** What a send error says about its target. */
interface Meaning {
  readonly state: TargetState;
  /** @param port of UDP. */
  readonly text: (port: number | undefined) => string;
}

/** By send error; skip reasons without a row say nothing about the target. */
const MEANINGS: Partial<Record<SkipReason, Meaning>> = {
  'no-route': { state: 'unreachable', text: () => 'the host has no way to it' },
  permission: { state: 'unreachable', text: () => "the host's firewall forbids it" },
  refused: { state: 'suspect', text: refusal },
  buffers: { state: 'suspect', text: () => 'the queue towards it is full' },
  backlog: { state: 'suspect', text: () => 'the send buffer towards it is full' },
  oversize: { state: 'suspect', text: () => 'the MTU on the way is smaller than the route says' },
  error: { state: 'suspect', text: () => 'sends fail' },
};

/** @param port of UDP; undefined: copies are not UDP. */
function refusal(port: number | undefined): string {
  return port === undefined ? 'it does not take the protocol' : `nothing listens on its UDP port ${port}`;
}

interface Target {
  route: RouteReport;
  /** Stays true until the neighbour answers: the kernel's own state changes with every packet. */
  neighbourFailed: boolean;
  /** When the kernel began to ask for the neighbour; undefined: it does not ask. */
  askingSinceMs: number | undefined;
  readonly sendErrorMs: Map<SkipReason, number>;
  emission: Omit<Emission, 'address'>;
  reported: string;
}

/** How the data path treats the target addresses. */
export interface TargetSets {
  /** Addresses that load balancers avoid. */
  readonly avoided: readonly string[];
  /** Addresses whose next hop does not answer: copies for them are skipped. */
  readonly unresolved: readonly string[];
  /** Addresses that get no copies, and are probed to see when they come back. */
  readonly probed: readonly string[];
}

export class TargetStates {
  readonly #onReport: (report: TargetReport) => void;
  readonly #targets = new Map<string, Target>();
  #balanced: ReadonlySet<string> = new Set();
  #unhealthy: ReadonlySet<string> = new Set();

  /** @param onReport called when the state of a target changes. */
  constructor(onReport: (report: TargetReport) => void) {
    this.#onReport = onReport;
  }

  get addresses(): string[] {
    return [...this.#targets.keys()];
  }

  /** Forgets all other targets. @param balanced those of the addresses that are behind load balancers. */
  keepOnly(addresses: readonly string[], balanced: ReadonlySet<string>): void {
    this.#balanced = balanced;
    const kept = new Set(addresses);
    for (const address of this.#targets.keys()) if (!kept.has(address)) this.#targets.delete(address);
  }

  setRoute(route: RouteReport): void {
    const target = this.#targets.get(route.address);
    if (target !== undefined) target.route = route;
    else this.#targets.set(route.address, newTarget(route));
  }

  setNeighbour(address: string, state: NeighbourState, nowMs: number): void {
    const target = this.#targets.get(address);
    if (target === undefined) return;
    if (state === 'valid') {
      target.neighbourFailed = false;
      target.askingSinceMs = undefined;
      return;
    }
    target.askingSinceMs ??= nowMs;
    if (state === 'failed' || nowMs - target.askingSinceMs > ASKING_MS) target.neighbourFailed = true;
  }

  /** Addresses whose next hop the kernel is asking for, or has given up asking for. */
  get awaitingNeighbour(): string[] {
    const entries = [...this.#targets].filter(([, { askingSinceMs }]) => askingSinceMs !== undefined);
    return entries.map(([address]) => address);
  }

  /** Notes that a copy for the address was not sent. @param nowMs monotonic, as everywhere here. */
  addSendError(address: string, reason: SkipReason, nowMs: number): void {
    this.#targets.get(address)?.sendErrorMs.set(reason, nowMs);
  }

  /** Notes that a probe was not sent. What the firewall forbids to routed packets does not hold for direct copies. */
  addProbeError(address: string, reason: SkipReason, nowMs: number): void {
    const isRouted = this.#targets.get(address)?.emission.emission === 'routed';
    if (reason !== 'permission' || isRouted) this.addSendError(address, reason, nowMs);
  }

  setEmission({ address, emission, emissionReason }: Emission): void {
    const target = this.#targets.get(address);
    if (target !== undefined) target.emission = { emission, emissionReason };
  }

  setUnhealthy(addresses: readonly string[]): void {
    this.#unhealthy = new Set(addresses);
  }

  /** Reports the targets that changed. @returns the sets for the data path. */
  update(nowMs: number): TargetSets {
    const avoided: string[] = [];
    const unresolved: string[] = [];
    const probed: string[] = [];
    for (const [address, target] of this.#targets) {
      const report = this.#reportOf(address, target, nowMs);
      const isRefused = isRecent(target, 'refused', nowMs);
      const isDead = report.state === 'unreachable' || isRefused;
      const isAvoided = isDead && this.#balanced.has(address);
      if (isAvoided) avoided.push(address);
      if (target.neighbourFailed) unresolved.push(address);
      if (target.neighbourFailed || (isAvoided && !this.#unhealthy.has(address))) probed.push(address);
      const text = JSON.stringify(report);
      if (text === target.reported) continue;
      target.reported = text;
      this.#onReport(report);
    }
    return { avoided, unresolved, probed };
  }

  #reportOf(address: string, target: Target, nowMs: number): TargetReport {
    const { device, mtu, maximumInnerLength } = target.route;
    const state = this.#stateOf(address, target, nowMs);
    return { type: 'target', address, device, mtu, maximumInnerLength, ...state, ...target.emission };
  }

  #stateOf(address: string, target: Target, nowMs: number): Pick<TargetReport, 'state' | 'reason'> {
    if (target.route.reason !== '') return { state: 'unreachable', reason: target.route.reason };
    if (target.neighbourFailed) return { state: 'unreachable', reason: 'its next hop does not answer' };
    if (this.#unhealthy.has(address)) return { state: 'unreachable', reason: 'its health check fails' };
    for (const [reason, meaning] of Object.entries(MEANINGS) as [SkipReason, Meaning][]) {
      // One that is avoided is probed, and so refuses again and again.
      const isProbed = this.#balanced.has(address);
      if (isRecent(target, reason, nowMs, isProbed ? REFUSAL_MS : refusalMs(target))) {
        return { state: meaning.state, reason: `${reason}: ${meaning.text(target.route.port)}` };
      }
    }
    return { state: 'reachable', reason: '' };
  }
}

function newTarget(route: RouteReport): Target {
  return {
    route,
    neighbourFailed: false,
    askingSinceMs: undefined,
    sendErrorMs: new Map(),
    emission: { emission: 'routed', emissionReason: '' },
    reported: '',
  };
}

function isRecent(
  { sendErrorMs }: Target,
  reason: SkipReason,
  nowMs: number,
  refusalMs = REFUSAL_MS,
): boolean {
  const sinceMs = nowMs - (sendErrorMs.get(reason) ?? Number.NEGATIVE_INFINITY);
  return sinceMs < (reason === 'refused' ? refusalMs : SEND_ERROR_MS);
}

function refusalMs({ emission }: Target): number {
  return emission.emission === 'routed' ? REFUSAL_MS : DIRECT_REFUSAL_MS;
}
