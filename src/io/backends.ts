/** The ways to capture and send, one row each: a new one is a row here, its name in the plan, and a folder. */
import { BACKEND_NAMES, type BackendName, type EngineOptions } from '../plan/mirror-plan.js';
import type { Backend, BackendOptions } from './backend.js';

interface BackendRow {
  /** Opens it in this process. Rejects with what it needs and does not get. */
  readonly open: (options: BackendOptions) => Promise<Backend>;
  /** Rejects with an Error when it cannot work on this machine. */
  readonly probe: () => Promise<void>;
}

/** Each loads its own code only. */
const ROWS: Readonly<Record<BackendName, BackendRow>> = {
  ring: {
    open: async (options) => (await import('./ring/ring-backend.js')).RingBackend.open(options),
    probe: async () => (await import('./ring/probe.js')).probeRing(),
  },
  libpcap: {
    open: async (options) => (await import('./libpcap/libpcap-backend.js')).LibpcapBackend.open(options),
    // Its engine says what it lacks: the daemon need not load libpcap.
    probe: async () => {},
  },
};

/** Opens a backend. Rejects with what the row's `open` rejects with. */
export function openBackend(name: BackendName, options: BackendOptions): Promise<Backend> {
  return ROWS[name].open(options);
}

export interface BackendChoice {
  readonly io: BackendName;
  /** Why it is not one that comes before it, where any was allowed; else empty. */
  readonly reason: string;
}

/** The first that works on this machine, of those that the options allow. Rejects with why the last does not. */
export async function chooseBackend(
  wanted: EngineOptions['io'],
  probe: (name: BackendName) => Promise<void> = (name) => ROWS[name].probe(),
): Promise<BackendChoice> {
  const allowed = wanted === 'auto' ? [...BACKEND_NAMES] : [wanted];
  const reasons: string[] = [];
  for (;;) {
    const io = allowed.shift() as BackendName;
    try {
      await probe(io);
      return { io, reason: reasons.join('; ') };
    } catch (error) {
      if (allowed.length === 0 || !(error instanceof Error)) throw error;
      reasons.push(error.message);
    }
  }
}
