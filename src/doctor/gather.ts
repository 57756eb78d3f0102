/** Asks the kernel, the running daemon and a few tools for the facts that are judged. Nothing is changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseBackend } from '../io/backends.js';
import { openLibc } from '../linux/libc.js';
import type { Reader } from '../linux/process-limits.js';
import type { BackendName, MirrorPlan } from '../plan/mirror-plan.js';
import type { Status } from '../status/status.js';
import {
  type DaemonAnswer,
  type Facts,
  type ProcessFacts,
  type SecretFile,
  type SecretFileFacts,
  unknownPlace,
} from './facts.js';
import type { Unseen } from './finding.js';
import { askDaemon, compareLooks, type FirstAnswer, type Look } from './gather-daemon.js';
import { isDaemonHere, lookAtClock, lookAtProcess, lookAtReader, lookAtSecret } from './gather-host.js';
import { KernelGatherer, sourceDevices } from './gather-kernel.js';
import { isElsewhere, namespaceOf, Place } from './gather-places.js';
import { withSessionsOf } from './plan-view.js';
import { comparableSources } from './rules.js';
import type { Subject } from './subject.js';

/** Between the two looks at the counters. */
const LOOK_MS = 1500;

export interface GatherOptions {
  /** Of the daemon that is asked; undefined: none is. */
  readonly stateDirectory?: string | undefined;
  /**
   * True inside the daemon: only what costs next to nothing and sends nothing, and the firewall only where it may be
   * read.
   */
  readonly isStart?: boolean;
  /** How frames are captured, where that is known. */
  readonly io?: BackendName | undefined;
}

export interface Gathered {
  readonly facts: Facts;
  /** What could not be looked at. */
  readonly unseen: readonly Unseen[];
}

/** Takes about two seconds, or a few milliseconds at a start. Rejects only for a fault of this program. */
export async function gather(subject: Subject, options: GatherOptions = {}): Promise<Gathered> {
  return new Gatherer(subject, options).gather();
}

class Gatherer {
  readonly #subject: Subject;
  readonly #options: GatherOptions;
  readonly #unseen: Unseen[] = [];

  constructor(subject: Subject, options: GatherOptions) {
    this.#subject = subject;
    this.#options = options;
  }

  async gather(): Promise<Gathered> {
    const { configurationFile, resources, hasApi, secretFiles, plan: given } = this.#subject;
    const { stateDirectory, isStart = false } = this.#options;
    const first = stateDirectory === undefined ? undefined : await askDaemon(stateDirectory);
    const status = this.#statusIn(first);
    const plan = status === undefined ? given : withSessionsOf(given, status);
    const isForbidden = first !== undefined && 'isForbidden' in first && first.isForbidden;
    const process = this.#lookAtProcess(status, isForbidden);
    const io = await this.#ioOf(process, status?.io);
    const kernel = await this.#openKernel(status?.pid);
    const left = given.sources.length - comparableSources(given.sources).length;
    if (left > 0) this.#miss({ what: `the rules of ${left} sources`, why: 'they are too many to compare' });
    const { daemon } = process;
    const reader = daemon !== undefined && isDaemonHere(daemon) ? lookAtReader(daemon) : undefined;
    const facts: Facts = {
      configurationFile,
      plan,
      ruledSources: given.sources,
      resources,
      hasApi,
      io,
      process,
      secrets: secretFiles.map((file) => this.#secret(file, reader)),
      clock: await lookAtClock(configurationFile, !isStart),
      ...(await this.#askKernel(kernel, plan, process, io, first)),
    };
    return { facts, unseen: this.#unseen };
  }

  /** All that is asked of the kernel, between two looks at the counters. */
  async #askKernel(
    kernel: KernelGatherer | undefined,
    plan: MirrorPlan,
    process: ProcessFacts,
    io: BackendName | undefined,
    first: FirstAnswer | undefined,
  ): Promise<Pick<Facts, 'home' | 'sources' | 'ways' | 'firewall' | 'conntrack' | 'daemon'>> {
    const { isStart = false } = this.#options;
    const atMs = performance.now();
    const places = kernel?.lookAtPlaces(plan.sources) ?? new Map();
    const home = places.get(undefined) ?? unknownPlace('it was not looked at');
    const [ways = new Map(), outside, sources = new Map()] = await Promise.all([
      kernel?.lookAtWays(plan, home, isStart),
      kernel?.lookAtFirewall(process, isStart),
      kernel?.lookAtSources(plan.sources, places, io),
    ]);
    const look = (status: Status): Look => ({ status, atMs, devices: sourceDevices(plan, places) });
    const daemon = await this.#daemonAnswer(kernel, plan, first, look);
    return { home, sources, ways, firewall: outside?.firewall, conntrack: outside?.conntrack, daemon };
  }

  /** @param look at the devices when the daemon answered first. */
  async #daemonAnswer(
    kernel: KernelGatherer | undefined,
    plan: MirrorPlan,
    first: FirstAnswer | undefined,
    look: (status: Status) => Look,
  ): Promise<DaemonAnswer> {
    const { stateDirectory } = this.#options;
    if (first === undefined || stateDirectory === undefined) return { kind: 'not-asked' };
    if (!('status' in first)) return first;
    const before = look(first.status);
    await sleep(Math.max(0, LOOK_MS - (performance.now() - before.atMs)));
    const devices = sourceDevices(plan, kernel?.lookAtPlaces(plan.sources) ?? new Map());
    const again = await askDaemon(stateDirectory);
    const { configurationFile } = this.#subject;
    const atMs = performance.now();
    return 'status' in again
      ? compareLooks(plan, before, { status: again.status, atMs, devices }, configurationFile)
      : compareLooks(plan, undefined, before, configurationFile);
  }

  /** @returns undefined: nobody asks, or the daemon does not answer. */
  #statusIn(first: FirstAnswer | undefined): Status | undefined {
    if (first === undefined || 'status' in first) return first?.status;
    if (first.kind === 'silent' && first.isForbidden) {
      const { socket, reason } = first;
      const why = `${socket}: ${reason}: run it as root, or as the daemon's user`;
      this.#miss({ what: "the daemon's counters", why });
    }
    return undefined;
  }

  #lookAtProcess(status: Status | undefined, isForbidden: boolean): ProcessFacts {
    // A daemon may run, and this process is none that stands for it.
    if (isForbidden) return { daemon: undefined, capabilities: undefined, lockableBytes: undefined };
    if (status === undefined || isDaemonHere(status.pid)) return lookAtProcess(status?.pid);
    this.#miss({ what: 'what the daemon may do', why: `process ${status.pid} is none that this one sees` });
    return { daemon: status.pid, capabilities: undefined, lockableBytes: undefined };
  }

  /** In the namespace of the daemon, which may be another than this process is in. */
  async #openKernel(daemon: number | undefined): Promise<KernelGatherer | undefined> {
    try {
      const libc = await openLibc();
      return new KernelGatherer(libc, new Place(libc, this.#homeOf(daemon)), (unseen) => this.#miss(unseen));
    } catch (error) {
      this.#miss({ what: 'devices, routes and namespaces', why: (error as Error).message });
      return undefined;
    }
  }

  /** @returns the path of the daemon's namespace; undefined: it is this one, as far as is known. */
  #homeOf(daemon: number | undefined): string | undefined {
    if (daemon === undefined) return undefined;
    const elsewhere = isDaemonHere(daemon) ? isElsewhere(daemon) : undefined;
    if (elsewhere === undefined) {
      const why = 'to know it takes root; devices and routes are those of this one';
      this.#miss({ what: "whether this is the daemon's network namespace", why });
    }
    return elsewhere === true ? namespaceOf(daemon) : undefined;
  }

  async #ioOf({ capabilities }: ProcessFacts, running: BackendName | undefined): Promise<Facts['io']> {
    const { io = running } = this.#options;
    const { io: wanted } = this.#subject.plan.engine;
    if (io !== undefined) return io;
    if (wanted !== 'auto') return wanted;
    // Without it no ring opens, wherever rings work.
    if (capabilities?.includes('CAP_NET_RAW') !== true) return undefined;
    return (await chooseBackend(wanted).catch(() => undefined))?.io;
  }

  #secret(file: SecretFile, reader: Reader | undefined): SecretFileFacts {
    const facts = lookAtSecret(file, reader);
    if (facts.problem === 'EACCES') {
      this.#miss({ what: `the file of ${file.key}`, why: 'this user may not read it' });
    }
    return facts;
  }

  /** The same is told once. */
  #miss(unseen: Unseen): void {
    if (!this.#unseen.some(({ what, why }) => what === unseen.what && why === unseen.why))
      this.#unseen.push(unseen);
  }
}
