/**
 * When copies may leave straight to the device (`engine.emit: auto`): while nothing of the host's is passed by, and nobody
 * else needs the device. Pure rules; `direct-watch.ts` asks the kernel.
 */

/** Others need a device when they send more than that part of its speed; of one without a speed, so many bits a second. */
const OTHERS_PART = 0.01;
const OTHERS_BITS = 10_000_000;
/** What others sent is summed up over that time, in steps. */
const WINDOW_MS = 5000;
const STEP_MS = 1000;
const STEPS = WINDOW_MS / STEP_MS;
/** Once they need it, they do until they send less than that part of it. */
const QUIET_PART = 0.5;
const BITS_PER_BYTE = 8;

/**
 * Devices whose packets the host routes once more: what stands in front of the next device is not passed by, but copies
 * would stand there with the priority of all others.
 */
const TUNNEL_KINDS: readonly string[] = [
  'vxlan',
  'geneve',
  'gretap',
  'ip6gretap',
  'erspan',
  'ip6erspan',
  'bareudp',
  'l2tpeth',
];

/** unknown: it was not watched for long enough. */
export type OthersNeed = 'unknown' | 'quiet' | 'busy';

/** What others send by a device, over the last five seconds. */
export class Others {
  /** Bytes of each step, the newest last: less than none where copies are counted before the device counts them. */
  #steps: number[] = [];
  #sinceMs: number | undefined;
  #stepMs = 0;
  #isBusy = false;

  /** @param bytes that others sent since the last call. @param speed of the device in bits a second; undefined: not known. */
  add(nowMs: number, bytes: number, speed: number | undefined): OthersNeed {
    if (this.#sinceMs === undefined || nowMs - this.#stepMs > WINDOW_MS) {
      this.#sinceMs = nowMs;
      this.#stepMs = nowMs;
      this.#steps = [0];
    }
    while (nowMs - this.#stepMs >= STEP_MS) {
      this.#stepMs += STEP_MS;
      this.#steps.push(0);
    }
    this.#steps = this.#steps.slice(-STEPS - 1);
    this.#steps[this.#steps.length - 1] += bytes;
    const limit = speed === undefined ? OTHERS_BITS : speed * OTHERS_PART;
    const rate = (this.#sum(nowMs) * BITS_PER_BYTE * 1000) / WINDOW_MS;
    this.#isBusy = rate >= limit || (this.#isBusy && rate >= limit * QUIET_PART);
    if (this.#isBusy) return 'busy';
    return nowMs - this.#sinceMs < WINDOW_MS ? 'unknown' : 'quiet';
  }

  /** The oldest step counts as far as it is still within the window. */
  #sum(nowMs: number): number {
    const oldest = this.#steps.length > STEPS ? 1 - (nowMs - this.#stepMs) / STEP_MS : 1;
    return this.#steps.reduce(
      (sum, bytes, index) => sum + Math.max(0, bytes) * (index === 0 ? oldest : 1),
      0,
    );
  }
}

/** What is known of the way to a target. Devices are named. */
export interface WayFacts {
  /** By which copies leave; undefined: there is no route. */
  readonly device: { readonly name: string; readonly kind: string } | undefined;
  /** The device itself, or one that it is stacked with. */
  readonly source: string | undefined;
  /** A queue that somebody chose, at the device or below it. */
  readonly queue: { readonly device: string; readonly kind: string } | undefined;
  /** The device, or one below it, that has filters for what it sends. */
  readonly filtered: string | undefined;
  /** By which device others are looked for. */
  readonly shared: string;
  readonly others: OthersNeed;
  /** That device also sends copies that did not come by the device above it: nobody can tell them from what others send. */
  readonly isMixed: boolean;
  /** Of the copies' sockets, and of the route; undefined: the kernel refuses, or does not tell. */
  readonly socketMtu: number | undefined;
  readonly routeMtu: number | undefined;
  /** A routing rule has copies take another way, for their mark or their source address. */
  readonly isRuled: boolean;
}

/** @returns why copies have to be routed; empty: they may leave straight to the device. */
export function whyRouted(facts: WayFacts): string {
  const { device, source, queue, filtered, shared, socketMtu, routeMtu } = facts;
  if (device === undefined) return 'there is no route to it';
  const { name } = device;
  if (source === name) return `${name} is a source`;
  if (source !== undefined) return `${name} is stacked with ${source}, a source`;
  if (TUNNEL_KINDS.includes(device.kind)) return `${name} is a tunnel, which the host routes once more`;
  if (queue !== undefined)
    return `the queue of ${queue.device}, ${queue.kind}, is not the kernel's own choice`;
  if (filtered !== undefined) return `${filtered} has filters (clsact)`;
  if (facts.isRuled) return 'a routing rule has copies take another way';
  if (socketMtu === undefined) return 'the kernel does not connect a socket to it';
  if (socketMtu !== routeMtu)
    return `the MTU of a connected socket, ${socketMtu}, is not that of the route, ${routeMtu ?? 'unknown'}`;
  if (facts.isMixed) return `other copies leave by ${shared} too, below ${name}`;
  if (facts.others === 'busy') return `others send more by ${shared} than next to nothing`;
  if (facts.others === 'unknown') return `what others send by ${shared} is not known yet`;
  return '';
}
