/**
 * Network namespaces of our own, joined by veth pairs: where the lab, the bench and the live tests send their
 * traffic. Names carry the process id; everything made is removed by `close`, on a signal, and at exit.
 */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SIGNAL_EXIT_CODE = 130;

let made = 0;

/** One network namespace; processes in it see its devices only. */
export class Namespace {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** Runs a command to its end. @returns its output. @throws Error with its error output. */
  run(command: string, ...args: string[]): string {
    return run('ip', 'netns', 'exec', this.name, command, ...args);
  }

  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    return spawn('ip', ['netns', 'exec', this.name, command, ...args], options);
  }

  /** `ip -n NAME ...`. */
  ip(...args: string[]): string {
    return run('ip', '-n', this.name, ...args);
  }
}

/** A set of namespaces with one life. */
export class Namespaces {
  readonly #members: Namespace[] = [];
  readonly #onSignal = (): never => {
    this.close();
    process.exit(SIGNAL_EXIT_CODE);
  };
  readonly #onExit = (): void => this.close();

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    process.on('exit', this.#onExit);
  }

  /** Adds a namespace, with its loopback device up. @param role the end of its name. */
  add(role: string): Namespace {
    made += 1;
    const namespace = new Namespace(`tm${process.pid}-${made}-${role}`);
    run('ip', 'netns', 'add', namespace.name);
    this.#members.push(namespace);
    namespace.ip('link', 'set', 'lo', 'up');
    return namespace;
  }

  /** Ends every process inside and removes the namespaces; may be called again. */
  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    process.off('exit', this.#onExit);
    for (const { name } of this.#members.splice(0)) {
      for (const pid of run('ip', 'netns', 'pids', name).split('\n').filter(Boolean)) kill(Number(pid));
      run('ip', 'netns', 'del', name);
    }
  }
}

/** One end of a veth pair. */
export interface VethEnd {
  readonly namespace: Namespace;
  readonly device: string;
  /** With prefix length; IPv6 ones are usable at once. A link-local one is the only one of the device. */
  readonly addresses: readonly string[];
  readonly mtu?: number;
}

/** Joins two namespaces and brings both ends up. */
export function joinByVeth(a: VethEnd, b: VethEnd): void {
  const peer = ['peer', 'name', b.device, 'netns', b.namespace.name];
  a.namespace.ip('link', 'add', a.device, 'type', 'veth', ...peer);
  for (const { namespace, device, addresses, mtu } of [a, b]) {
    // The kernel would add a second one, tentative at first: packets would come from one, and later from the other.
    if (addresses.some((address) => address.startsWith('fe80:')))
      namespace.ip('link', 'set', device, 'addrgenmode', 'none');
    for (const address of addresses) {
      namespace.ip('addr', 'add', address, 'dev', device, ...(address.includes(':') ? ['nodad'] : []));
    }
    if (mtu !== undefined) namespace.ip('link', 'set', device, 'mtu', String(mtu));
    namespace.ip('link', 'set', device, 'up');
  }
}

/** @throws Error naming the command and what it complained of. */
function run(command: string, ...args: string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`${command} ${args.join(' ')}: ${stderr?.trim() || (error as Error).message}`, {
      cause: error,
    });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
