/**
 * What the kernel says of the devices in the inventory. It is asked when somebody looks at the inventory, at most once a
 * second for all who do, and off the main thread; what it said last is used meanwhile.
 */
import type { NetworkInterface } from '../../resources/network-interface.js';

/** An IP address of a device. */
export interface DeviceAddress {
  /** Canonical text, without a zone. */
  readonly address: string;
  readonly prefixLength: number;
}

/** A device that is there. */
interface DeviceState {
  /** `02:00:00:00:00:01`; undefined: it has none of this form. */
  readonly macAddress: string | undefined;
  readonly up: boolean;
  /** Primary addresses first; those that are good on their link only are left out. */
  readonly addresses: readonly DeviceAddress[];
}

/** What the kernel says: a device, that it is not there, or nothing. */
export type DeviceAnswer = DeviceState | 'absent' | 'unknown';

/** How long an answer counts as new. */
const FRESH_MS = 1000;

/** With very many devices, asking takes a tenth of the time, and answers are older, but not older than this. */
const ASKING_SHARE = 0.1;
const LONGEST_PAUSE_MS = 5000;

/** How long a call waits for new answers; then it takes the old ones. */
const PATIENCE_MS = 250;

/** Asks for devices of one network namespace, in their order. Never rejects. @param netns undefined: the daemon's own */
export type AskDevices = (
  netns: string | undefined,
  names: readonly string[],
) => Promise<readonly DeviceAnswer[]>;

type Place = Pick<NetworkInterface, 'device' | 'netns'>;

export class DeviceStates {
  readonly #ask: AskDevices;
  readonly #now: () => number;
  /** By namespace and device. */
  #answers: ReadonlyMap<string, DeviceAnswer> = new Map();
  #asking: Promise<void> | undefined;
  /** No new question before, in milliseconds of `#now`. */
  #nextAt = 0;

  /** @param now milliseconds of a clock that does not go back */
  constructor(ask: AskDevices, now: () => number = () => performance.now()) {
    this.#ask = ask;
    this.#now = now;
  }

  /** Resolves when the answers are new, or it has taken too long. Never rejects. @param places every device that may be asked for */
  async refresh(places: () => readonly Place[]): Promise<void> {
    if (this.#asking === undefined) {
      if (this.#now() < this.#nextAt) return;
      this.#asking = this.#askAll(places()).finally(() => {
        this.#asking = undefined;
      });
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    await Promise.race([this.#asking, late]);
    clearTimeout(timer);
  }

  /** What the kernel said last; `unknown` for a device that it was not asked for. */
  find({ device, netns }: Place): DeviceAnswer {
    return device === undefined ? 'unknown' : (this.#answers.get(keyOf(netns, device)) ?? 'unknown');
  }

  async #askAll(places: readonly Place[]): Promise<void> {
    const startedAt = this.#now();
    const answers = new Map<string, DeviceAnswer>();
    for (const [netns, names] of byNamespace(places)) {
      const found = await this.#ask(netns, names);
      for (const [index, name] of names.entries()) answers.set(keyOf(netns, name), found[index] ?? 'unknown');
    }
    this.#answers = answers;
    const endedAt = this.#now();
    const pauseMs = Math.min((endedAt - startedAt) / ASKING_SHARE, LONGEST_PAUSE_MS);
    this.#nextAt = endedAt + Math.max(FRESH_MS, pauseMs);
  }
}

function byNamespace(places: readonly Place[]): Map<string | undefined, string[]> {
  const names = new Map<string | undefined, string[]>();
  for (const { device, netns } of places) {
    if (device === undefined) continue;
    const known = names.get(netns);
    if (known === undefined) names.set(netns, [device]);
    else known.push(device);
  }
  return names;
}

function keyOf(netns: string | undefined, device: string): string {
  return `${device} ${netns ?? ''}`;
}
