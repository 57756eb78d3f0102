/**
 * A lane on libpcap I/O. It follows its device by name as a ring lane does, with a new handle each time: npm cap ends
 * the process when the device goes down or away, and a handle stays with a device that was renamed.
 */
import { MissingPackageError } from '../../linux/errors.js';
import type { Libc } from '../../linux/libc.js';
import type { Link } from '../../linux/link-table.js';
import { linkInSysfs, type SysfsLink } from '../../linux/sysfs-devices.js';
import { deviceDirection, type LanePlan } from '../../plan/lanes.js';
import { type EngineOptions, FIXED_RING_MEGABYTES } from '../../plan/mirror-plan.js';
import { localAddresses } from '../../targets/route.js';
import type { FrameConsumer } from '../frame.js';
import { conditionOf, type LaneCondition, linkProblem, sameCondition, waiting } from '../lane-condition.js';
import type { SourceNamespace } from '../source-namespace.js';
import { LibpcapSource, libpcapFilter } from './libpcap-source.js';

export interface LibpcapLaneOptions {
  /** Equal for lanes that can take over each other's handle. */
  readonly key: string;
  readonly lane: LanePlan;
  /** The namespace of the device; undefined without koffi: then the engine's own, whose devices are read from sysfs. */
  readonly namespace: SourceNamespace | undefined;
  /** Undefined without koffi. */
  readonly libc: Libc | undefined;
  readonly consumer: FrameConsumer;
  readonly targetAddresses: readonly string[];
  readonly engine: EngineOptions;
  readonly onFrames: () => void;
  readonly onCondition: (condition: LaneCondition) => void;
}

export class LibpcapLane {
  readonly #options: LibpcapLaneOptions;
  #consumer: FrameConsumer;
  #source: LibpcapSource | undefined;
  /** Index of the device that the handle is open on. */
  #index = 0;
  #generation = 0;
  #opening = false;
  #closed = false;
  #condition: LaneCondition | undefined;

  constructor(options: LibpcapLaneOptions) {
    this.#options = options;
    this.#consumer = options.consumer;
  }

  get key(): string {
    return this.#options.key;
  }

  get namespace(): SourceNamespace | undefined {
    return this.#options.namespace;
  }

  /** Takes the frames from now on. */
  set consumer(consumer: FrameConsumer) {
    this.#consumer = consumer;
    if (this.#source !== undefined) this.#source.consumer = consumer;
  }

  /**
   * Opens the device that has the name now, closes one that has lost it, and reports what changed. To be called between
   * frames, when links or the namespace may have changed. @throws MissingPackageError
   */
  async checkDevice(): Promise<void> {
    const { lane, namespace } = this.#options;
    const { device, netns } = lane.source;
    if (this.#closed || this.#opening) return;
    if (netns !== undefined && namespace === undefined) {
      this.#report(waiting(`network namespace ${netns} cannot be entered without the npm package koffi`));
      return;
    }
    const found = this.#find();
    const link = 'link' in found ? found.link : undefined;
    const generation = namespace?.generation ?? 0;
    if (link?.index !== this.#index || generation !== this.#generation) this.#closeSource();
    const problem =
      'problem' in found ? found.problem : (namespace?.problem ?? linkProblem(device, netns, link));
    if (problem !== undefined || this.#source !== undefined || link === undefined) {
      this.#report(conditionOf(link, problem));
      return;
    }
    this.#opening = true;
    const openProblem = await this.#openDevice(link);
    this.#opening = false;
    if (!this.#closed) this.#report(conditionOf(link, openProblem));
  }

  close(): void {
    this.#closed = true;
    this.#closeSource();
  }

  #find(): SysfsLink {
    const { lane, namespace } = this.#options;
    const { device } = lane.source;
    return namespace === undefined ? linkInSysfs(device) : { link: namespace.find(device) };
  }

  #closeSource(): void {
    this.#source?.close();
    this.#source = undefined;
  }

  #report(condition: LaneCondition): void {
    if (this.#condition !== undefined && sameCondition(condition, this.#condition)) return;
    this.#condition = condition;
    this.#options.onCondition(condition);
  }

  /** @returns libpcap's error as text, or undefined. */
  async #openDevice({ index }: Link): Promise<string | undefined> {
    const { lane, namespace, targetAddresses, engine, onFrames } = this.#options;
    this.#index = index;
    this.#generation = namespace?.generation ?? 0;
    try {
      this.#source = await LibpcapSource.open({
        device: lane.source.device,
        filter: libpcapFilter(deviceDirection(lane), targetAddresses, localAddresses(), engine.oversize),
        bufferBytes: (engine.ringMegabytes === 'auto' ? FIXED_RING_MEGABYTES : engine.ringMegabytes) << 20,
        consumer: this.#consumer,
        onFrames,
        libc: this.#options.libc,
        inNamespace: (act) => (namespace === undefined ? act() : namespace.enter(act)),
      });
      // It may have been replaced meanwhile.
      this.#source.consumer = this.#consumer;
      if (this.#closed) this.#closeSource();
      return undefined;
    } catch (error) {
      if (error instanceof MissingPackageError) throw error;
      return (error as Error).message;
    }
  }
}
