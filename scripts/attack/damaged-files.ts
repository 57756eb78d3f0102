/** Damaged versions of a state file that has one record a line. */
import type { AttackStand } from './stand.js';

export interface Damage {
  /** A few words. */
  readonly kind: string;
  /** The whole file. */
  readonly bytes: Buffer;
}

const LINE_FEED = 0x0a;
const BITS = 8;
const PAGE_BYTES = 512;

/**
 * A file whose last records are missing as wholes is an earlier copy of itself, which no file can tell, so the last
 * record is never taken away alone.
 */
export function damagesOf(original: Buffer, stand: AttackStand): Damage[] {
  return [
    ...flips(original, stand),
    ...changedRecords(original, stand),
    ...truncations(original, stand),
    ...zeroedPages(original, stand),
  ];
}

/** One bit anywhere. The end of the last record may be one that was never written, which is not silent. */
function flips(original: Buffer, stand: AttackStand): Damage[] {
  const { random } = stand;
  const anywhere = Array.from({ length: stand.bySize(300, 20) }, () => random.below(original.length));
  // Where the last record begins and ends is where a torn write is told from damage.
  const [start, end] = recordsOf(original).at(-1) ?? [0, 0];
  const inLast = Array.from({ length: stand.bySize(60, 6) }, () => random.between(start - 1, end - 1));
  return [...anywhere, ...inLast, start - 1, start, end - 2, end - 1].map((at) => {
    const bytes = Buffer.from(original);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(BITS));
    return { kind: 'a bit flipped', bytes };
  });
}

function changedRecords(original: Buffer, stand: AttackStand): Damage[] {
  const { random } = stand;
  const records = recordsOf(original);
  const text = (index: number): Buffer => original.subarray(...(records[index] ?? [0, 0]));
  const all = records.map((_, index) => text(index));
  const last = records.length - 1;
  const damages: Damage[] = [];
  for (let count = stand.bySize(40, 4); count > 0; count--) {
    const [one, other] = [random.below(last), random.below(last)];
    damages.push({ kind: 'a record removed', bytes: Buffer.concat(all.filter((_, index) => index !== one)) });
    damages.push({
      kind: 'a record repeated',
      bytes: Buffer.concat(all.flatMap((record, index) => (index === one ? [record, record] : [record]))),
    });
    damages.push({
      kind: 'an earlier record repeated at the end',
      bytes: Buffer.concat([...all, text(one)]),
    });
    if (one === other || text(one).equals(text(other))) continue;
    const swapped = all.map((record, index) =>
      index === one ? text(other) : index === other ? text(one) : record,
    );
    damages.push({ kind: 'two records swapped', bytes: Buffer.concat(swapped) });
  }
  return damages;
}

/** Cut at each byte of the last record, and at some bytes of others. */
function truncations(original: Buffer, stand: AttackStand): Damage[] {
  const [start, end] = recordsOf(original).at(-1) ?? [0, 0];
  const step = stand.bySize(1, Math.ceil((end - start) / 8));
  const damages: Damage[] = [];
  for (let at = start + 1; at < end; at += step) {
    damages.push({ kind: 'cut inside the last record', bytes: original.subarray(0, at) });
  }
  return damages;
}

/** A block that the disk lost. */
function zeroedPages(original: Buffer, stand: AttackStand): Damage[] {
  const pages = Math.floor(original.length / PAGE_BYTES);
  return Array.from({ length: Math.min(pages, stand.bySize(20, 2)) }, () => {
    const bytes = Buffer.from(original);
    const at = stand.random.below(pages) * PAGE_BYTES;
    bytes.fill(0, at, at + PAGE_BYTES);
    return { kind: 'a block of zeros', bytes };
  });
}

/** Where each line begins, and where it ends behind its line feed. */
function recordsOf(bytes: Buffer): [start: number, end: number][] {
  const records: [number, number][] = [];
  for (let start = 0; start < bytes.length; ) {
    const at = bytes.indexOf(LINE_FEED, start);
    const end = at < 0 ? bytes.length : at + 1;
    records.push([start, end]);
    start = end;
  }
  return records;
}
