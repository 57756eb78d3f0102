/** One attack's daemon, its namespaces and its files. The attack itself runs in the daemon's network namespace. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../../lab/daemon.js';
import { Namespace } from '../../lab/namespaces.js';
import { Random } from '../../test/fixtures/plans/random.js';
import type { Size } from './attack.js';
import type { Place } from './attack-namespaces.js';
import { type ConfigurationOptions, configurationOf } from './configuration.js';

/** What a daemon's status socket tells. */
export type Status = Awaited<ReturnType<Daemon['status']>>;

export interface StandOptions {
  readonly place: Place;
  readonly size: Size;
  readonly seed: number;
  /** The command's own file. */
  readonly main: string;
}

export class AttackStand {
  readonly size: Size;
  readonly random: Random;
  readonly main: string;
  readonly directory: string;
  readonly client: Namespace;
  readonly host: Namespace;
  readonly ids: Namespace;
  #files = 0;

  constructor({ place, size, seed, main }: StandOptions) {
    this.size = size;
    this.random = new Random(seed);
    this.main = main;
    this.directory = place.directory;
    this.client = new Namespace(place.client);
    this.host = new Namespace(place.host);
    this.ids = new Namespace(place.ids);
  }

  /** The number for a full or a quick run. */
  bySize(full: number, quick: number): number {
    return this.size === 'full' ? full : quick;
  }

  /** Where the daemon of a configuration keeps its state. */
  get stateDirectory(): string {
    return join(this.directory, 'state');
  }

  /** Writes a configuration. @returns its file */
  configure(options: Partial<ConfigurationOptions> = {}): string {
    mkdirSync(options.stateDirectory ?? this.stateDirectory, { recursive: true, mode: 0o700 });
    const sections = configurationOf({ stateDirectory: this.stateDirectory, ...options });
    this.#files += 1;
    return this.write(`configuration-${this.#files}.json`, JSON.stringify(sections));
  }

  /** Writes a file that only its owner reads. @returns its path */
  write(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** Starts a daemon, and waits until it listens and the load's lane captures. */
  async start(configFile: string): Promise<Daemon> {
    const daemon = await this.startListening(configFile);
    const isLoaded = ({ device, state }: Status['lanes'][number]) =>
      device === 'veth0' && state === 'capturing';
    await daemon.until('capturing', ({ lanes }) => lanes.some(isLoaded));
    return daemon;
  }

  /** Starts a daemon, and waits until its API listens. */
  async startListening(configFile: string): Promise<Daemon> {
    const daemon = await startDaemon(this.host, configFile, this.stateDirectory, [], this.main);
    await daemon.until('listening', () => daemon.log().includes('control api listens'));
    return daemon;
  }

  /** Frames that the target's device received since it was made. */
  get arrived(): number {
    return Number(this.ids.run('cat', '/sys/class/net/ids0/statistics/rx_packets'));
  }
}
