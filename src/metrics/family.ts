/** A family of metrics: its description for Prometheus, and its values from a status. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Status } from '../status/status.js';

export type Labels = Readonly<Record<string, string | number>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface Family {
  /** Begins with traffic_mirror_; a counter's ends with _total (prometheus.io/docs/practices/naming). */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  /** Names of the labels of every sample. */
  readonly labels: readonly string[];
  readonly samples: (status: Status) => readonly Sample[];
}

/** Adds a family, which is read at each scrape. @param read the status of this scrape. */
export function registerFamily(registry: Registry, family: Family, read: () => Status): void {
  const { name, help, labels, samples } = family;
  const options = { name, help, labelNames: [...labels], registers: [registry] };
  if (family.type === 'counter') {
    new Counter({
      ...options,
      // The status holds totals: they replace the counter's value.
      collect() {
        this.reset();
        for (const sample of samples(read())) this.inc(sample.labels, sample.value);
      },
    });
    return;
  }
  new Gauge({
    ...options,
    collect() {
      this.reset();
      for (const sample of samples(read())) this.set(sample.labels, sample.value);
    },
  });
}

/** One sample per possible state: 1 for the current state, 0 for the others. */
export function stateSamples<State extends string>(
  states: readonly State[],
  current: State,
  labels: Labels,
): Sample[] {
  return states.map((state) => ({ labels: { ...labels, state }, value: state === current ? 1 : 0 }));
}
