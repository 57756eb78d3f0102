/**
 * The ways to the targets: by which device, and to which neighbour on it. The kernel is asked only about what may have
 * changed. Targets behind one gateway have one neighbour, which is asked about once.
 */
import { type EthernetLink, type Neighbour, type NextHops, neighbourKey, type Way } from '../linux/routes.js';
import { isIpv6Text } from '../wire/address.js';

/** Where the kernel sends packets to an IPv4 address, on Ethernet. */
export interface NextHop {
  readonly interfaceIndex: number;
  /** 6 bytes each. */
  readonly sourceMac: Uint8Array;
  readonly destinationMac: Uint8Array;
  /** The source address that the kernel chooses, dotted. */
  readonly sourceAddress: string;
  readonly mtu: number;
}

/** A neighbour, and the targets that are reached by it. */
interface Shared {
  readonly way: Way;
  readonly addresses: Set<string>;
  neighbour: Neighbour | undefined;
}

export class TargetWays {
  readonly #questions: Pick<NextHops, 'way' | 'neighbour' | 'link'>;
  readonly #onChange: (address: string) => void;
  /** By target; undefined: there is no way. */
  readonly #ways = new Map<string, Way | undefined>();
  /** By the key of the neighbour. */
  readonly #shared = new Map<string, Shared>();
  /** By index. */
  readonly #links = new Map<number, EthernetLink | undefined>();

  /** @param onChange called for each target of which the way or the neighbour is another than before. */
  constructor(
    questions: Pick<NextHops, 'way' | 'neighbour' | 'link'>,
    onChange: (address: string) => void = () => {},
  ) {
    this.#questions = questions;
    this.#onChange = onChange;
  }

  /** Knows the ways to these targets and no others. Only those that are new are looked up. */
  watch(addresses: readonly string[]): void {
    const wanted = new Set(addresses);
    for (const address of this.#ways.keys()) {
      if (wanted.has(address)) continue;
      this.#leave(address);
      this.#ways.delete(address);
    }
    for (const address of wanted) if (!this.#ways.has(address)) this.#lookUp(address);
  }

  /** Looks up everything: any route may have changed. */
  lookUpAll(): void {
    const before = [...this.#ways.keys()].map((address) => [address, this.#textOf(address)] as const);
    for (const key of this.#shared.keys()) this.#ask(key);
    for (const address of this.#ways.keys()) this.#lookUpWay(address);
    const used = new Set([...this.#ways.values()].map((way) => way?.interfaceIndex));
    for (const index of this.#links.keys()) {
      if (used.has(index)) this.#links.set(index, this.#questions.link(index));
      else this.#links.delete(index);
    }
    for (const [address, text] of before) if (this.#textOf(address) !== text) this.#onChange(address);
  }

  /** Looks up neighbours that changed. @param keys by `neighbourKey`; those of no target are nothing to it. */
  lookUpNeighbours(keys: Iterable<string>): void {
    for (const key of keys) {
      const shared = this.#shared.get(key);
      if (shared === undefined || !this.#ask(key)) continue;
      for (const address of shared.addresses) this.#onChange(address);
    }
  }

  /** Looks up the neighbours of some targets. */
  lookUpNeighboursOf(addresses: readonly string[]): void {
    this.lookUpNeighbours(new Set(addresses.map((address) => this.#keyOf(address))));
  }

  /** @returns undefined: there is none. */
  wayOf(address: string): Way | undefined {
    return this.#ways.get(address);
  }

  /** @returns the MTU of the way, in bytes; undefined: there is no way, or not by Ethernet. */
  mtuOf(address: string): number | undefined {
    const way = this.#ways.get(address);
    return way && (way.mtu ?? this.#linkOf(way.interfaceIndex)?.mtu);
  }

  /** @returns the index of the device that packets for a target leave by; undefined: there is no way. */
  egressDevice(address: string): number | undefined {
    return this.#ways.get(address)?.interfaceIndex;
  }

  /** @returns undefined: there is no way, or the kernel does not know the neighbour, or needs none. */
  neighbourOf(address: string): Neighbour | undefined {
    return this.#shared.get(this.#keyOf(address))?.neighbour;
  }

  /** @returns undefined for IPv6, without a way, off Ethernet, and while the neighbour's hardware address is not known. */
  nextHop(address: string): NextHop | undefined {
    const way = this.#ways.get(address);
    const neighbour = this.neighbourOf(address);
    if (way === undefined || neighbour?.state !== 'valid' || neighbour.mac === undefined) return undefined;
    const link = isIpv6Text(address) ? undefined : this.#linkOf(way.interfaceIndex);
    if (link === undefined) return undefined;
    // Copies: what the kernel answered is larger, and would be sent to other threads whole.
    return {
      interfaceIndex: way.interfaceIndex,
      sourceMac: link.mac.slice(),
      destinationMac: neighbour.mac.slice(),
      sourceAddress: (way.source ?? new Uint8Array(4)).join('.'),
      mtu: way.mtu ?? link.mtu,
    };
  }

  #lookUp(address: string): void {
    this.#lookUpWay(address);
    this.#onChange(address);
  }

  #lookUpWay(address: string): void {
    const way = this.#questions.way(address);
    const before = this.#keyOf(address);
    const after = way === undefined ? '' : neighbourKey(way);
    if (before !== after) this.#leave(address);
    this.#ways.set(address, way);
    if (way === undefined || before === after) return;
    const shared = this.#shared.get(after) ?? { way, addresses: new Set(), neighbour: undefined };
    shared.addresses.add(address);
    if (this.#shared.has(after)) return;
    this.#shared.set(after, shared);
    this.#ask(after);
  }

  #leave(address: string): void {
    const key = this.#keyOf(address);
    const shared = this.#shared.get(key);
    shared?.addresses.delete(address);
    if (shared?.addresses.size === 0) this.#shared.delete(key);
  }

  /** @returns whether the neighbour is another than before. */
  #ask(key: string): boolean {
    const shared = this.#shared.get(key);
    if (shared === undefined) return false;
    const before = JSON.stringify(shared.neighbour);
    shared.neighbour = this.#questions.neighbour(shared.way);
    return JSON.stringify(shared.neighbour) !== before;
  }

  #linkOf(interfaceIndex: number): EthernetLink | undefined {
    if (!this.#links.has(interfaceIndex)) {
      this.#links.set(interfaceIndex, this.#questions.link(interfaceIndex));
    }
    return this.#links.get(interfaceIndex);
  }

  /** Empty without a way. */
  #keyOf(address: string): string {
    const way = this.#ways.get(address);
    return way === undefined ? '' : neighbourKey(way);
  }

  /** Equal for the same way, neighbour and device. */
  #textOf(address: string): string {
    const way = this.#ways.get(address);
    return JSON.stringify([way, this.neighbourOf(address), way && this.#links.get(way.interfaceIndex)]);
  }
}
