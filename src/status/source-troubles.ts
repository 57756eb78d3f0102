/**
 * What makes a source degraded: it is captured, but mirrored in part, or late. Judged once a second by what was counted
 * in the last ten seconds.
 *
 *     ring-drops   more than 1 % of its frames found no room in the ring
 *     cuts         more than 1 % of its copies were cut
 *     behind       all that time, frames left more than a second after they had passed
 *
 * It ends when none of that was so for ten seconds on end: a load that goes up and down does not make it flap.
 */
import type { LaneCounts, LaneGauges } from '../counters/snapshot.js';

export const TROUBLES = ['ring-drops', 'cuts', 'behind'] as const;

export type Trouble = (typeof TROUBLES)[number];

/** Samples, one a second, that are judged together. */
const WINDOW = 10;
const SHARE_LIMIT = 0.01;
const BEHIND_LIMIT_SECONDS = 1;

/** Reasons of skips that are as asked for, and how a note puts them. */
const NOTES: Readonly<Record<string, string>> = {
  priority: 'gave way to other traffic (priority)',
  rate: 'were above the rate that is set (rate)',
};

/** A trouble that began or ended. */
export interface TroubleChange {
  readonly sourceId: string;
  readonly trouble: Trouble;
  readonly begins: boolean;
  /** The sentence of `reasons`. */
  readonly text: string;
}

export class SourceTroubles {
  readonly #sources = new Map<string, SourceWindow>();

  /**
   * Takes what was counted so far; to be called once a second. Sources that it does not name are forgotten, and their
   * troubles end.
   * @param counts totals, also of lanes that the plan no longer has.
   */
  observe(counts: readonly LaneCounts[], gauges: readonly LaneGauges[]): TroubleChange[] {
    const behind = new Map<string, number>();
    for (const { sourceId, behindSeconds } of gauges)
      behind.set(sourceId, Math.max(behindSeconds, behind.get(sourceId) ?? 0));
    const totals = new Map<string, Totals>();
    for (const lane of counts) totals.set(lane.sourceId, addLane(totals.get(lane.sourceId), lane));
    const ended = [...this.#sources.keys()].flatMap((sourceId) =>
      totals.has(sourceId) ? [] : this.#forget(sourceId),
    );
    const changes = [...totals].flatMap(([sourceId, total]) => {
      const window = this.#sources.get(sourceId) ?? new SourceWindow(sourceId, total);
      this.#sources.set(sourceId, window);
      return window.observe(total, behind.get(sourceId) ?? 0);
    });
    return [...ended, ...changes];
  }

  /** Those of a source now. */
  of(sourceId: string): Trouble[] {
    return this.#sources.get(sourceId)?.troubles ?? [];
  }

  /** All of them, for health. */
  texts(): { troubles: string[]; notes: string[] } {
    const windows = [...this.#sources.values()];
    return {
      troubles: windows.flatMap((window) => window.troubles.map((trouble) => window.text(trouble))),
      notes: windows.flatMap((window) => window.notes),
    };
  }

  #forget(sourceId: string): TroubleChange[] {
    const window = this.#sources.get(sourceId);
    this.#sources.delete(sourceId);
    const troubles = window?.troubles ?? [];
    return troubles.map((trouble) => ({ sourceId, trouble, begins: false, text: 'no longer mirrored' }));
  }
}

/** Both directions of a source together. */
interface Totals {
  readonly dropped: number;
  readonly frames: number;
  readonly cut: number;
  readonly copies: number;
  /** Copies that were skipped, by the reasons of NOTES. */
  readonly noted: Readonly<Record<string, number>>;
}

/** What was added in one second, and how far behind the source then was. */
interface Sample extends Totals {
  readonly behindSeconds: number;
}

class SourceWindow {
  readonly #sourceId: string;
  #total: Totals;
  #samples: readonly Sample[] = [];
  /** Troubles that have begun, with the seconds for which they have not been seen. */
  readonly #calmSeconds = new Map<Trouble, number>();

  constructor(sourceId: string, total: Totals) {
    this.#sourceId = sourceId;
    this.#total = total;
  }

  get troubles(): Trouble[] {
    return TROUBLES.filter((trouble) => this.#calmSeconds.has(trouble));
  }

  get notes(): string[] {
    return Object.entries(NOTES).flatMap(([reason, words]) => {
      const skipped = this.#sum(({ noted }) => noted[reason] ?? 0);
      const share = percent(
        skipped,
        this.#sum(({ copies }) => copies),
      );
      return skipped > 0 ? [`source ${this.#sourceId}: ${share} of its copies ${words}`] : [];
    });
  }

  observe(total: Totals, behindSeconds: number): TroubleChange[] {
    this.#samples = [
      ...this.#samples.slice(1 - WINDOW),
      { ...difference(total, this.#total), behindSeconds },
    ];
    this.#total = total;
    return TROUBLES.flatMap((trouble) => this.#judge(trouble));
  }

  text(trouble: Trouble): string {
    const source = `source ${this.#sourceId}`;
    switch (trouble) {
      case 'ring-drops':
        return `${source}: ${percent(...this.#shares(trouble))} of its frames found no room in the ring`;
      case 'cuts':
        return `${source}: ${percent(...this.#shares(trouble))} of its copies were cut`;
      case 'behind':
        return `${source}: ${(this.#samples.at(-1)?.behindSeconds ?? 0).toFixed(1)} s behind`;
    }
  }

  #judge(trouble: Trouble): TroubleChange[] {
    const { isThere, isNow } = this.#see(trouble);
    const calm = this.#calmSeconds.get(trouble);
    const change = { sourceId: this.#sourceId, trouble, text: this.text(trouble) };
    if (calm === undefined) {
      if (!isThere) return [];
      this.#calmSeconds.set(trouble, 0);
      return [{ ...change, begins: true }];
    }
    this.#calmSeconds.set(trouble, isNow ? 0 : calm + 1);
    if (isNow || calm + 1 < WINDOW) return [];
    this.#calmSeconds.delete(trouble);
    return [{ ...change, begins: false }];
  }

  /** @returns whether it is bad enough to begin, and whether it is too bad to end. */
  #see(trouble: Trouble): { isThere: boolean; isNow: boolean } {
    if (trouble === 'behind') {
      const late = this.#samples.map(({ behindSeconds }) => behindSeconds > BEHIND_LIMIT_SECONDS);
      return { isThere: late.length === WINDOW && late.every(Boolean), isNow: late.at(-1) === true };
    }
    const [part, whole] = this.#shares(trouble);
    const isAbove = part > SHARE_LIMIT * whole;
    return { isThere: isAbove, isNow: isAbove };
  }

  #shares(trouble: 'ring-drops' | 'cuts'): [part: number, whole: number] {
    return trouble === 'cuts'
      ? [this.#sum(({ cut }) => cut), this.#sum(({ copies }) => copies)]
      : [this.#sum(({ dropped }) => dropped), this.#sum(({ dropped, frames }) => dropped + frames)];
  }

  #sum(of: (sample: Sample) => number): number {
    return this.#samples.reduce((sum, sample) => sum + of(sample), 0);
  }
}

function addLane(sum: Totals | undefined, { ringDropped, read, sessions }: LaneCounts): Totals {
  const of = (count: (session: LaneCounts['sessions'][number]) => number): number =>
    sessions.reduce((total, session) => total + count(session), 0);
  const skipped = (reason: string): number =>
    of((session) => (session.skipped as Readonly<Record<string, { packets: number }>>)[reason]?.packets ?? 0);
  return {
    dropped: (sum?.dropped ?? 0) + ringDropped,
    frames: (sum?.frames ?? 0) + read.packets,
    cut: (sum?.cut ?? 0) + of(({ cut }) => cut),
    copies:
      (sum?.copies ?? 0) + of(({ matched, segmented, segments }) => matched.packets - segmented + segments),
    noted: mapNotes((reason) => (sum?.noted[reason] ?? 0) + skipped(reason)),
  };
}

/** Totals do not go back, but for a lane that was taken out. */
function difference(now: Totals, before: Totals): Totals {
  const grown = (a: number, b: number): number => Math.max(0, a - b);
  return {
    dropped: grown(now.dropped, before.dropped),
    frames: grown(now.frames, before.frames),
    cut: grown(now.cut, before.cut),
    copies: grown(now.copies, before.copies),
    noted: mapNotes((reason) => grown(now.noted[reason] ?? 0, before.noted[reason] ?? 0)),
  };
}

function mapNotes(count: (reason: string) => number): Record<string, number> {
  return Object.fromEntries(Object.keys(NOTES).map((reason) => [reason, count(reason)]));
}

function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(1)} %`;
}
