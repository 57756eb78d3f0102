/**
 * The plain counters of lanes and sessions, one row each. A row gives the counter's index in the block, its member of
 * `status`, its sum over engines, its Prometheus family, and its note in `status` and `replay`.
 *
 * Counts of more than one number are in `layout.ts`: packets with bytes, and lists by reason, type or bucket.
 */

interface CountRow {
  /** The member of `status --json`, and of docs/semantics.md. */
  readonly name: string;
  /** The Prometheus family, behind `traffic_mirror_`. */
  readonly metric: string;
  /** The help text of the family: one sentence. */
  readonly help: string;
  /** Text beside the number in `status` and `replay`. Absent: the counter is a term of the equation in `layout.ts`. */
  readonly note?: string;
}

/** Counters of a lane. */
export const LANE_COUNTS = [
  {
    // Always 0 on libpcap I/O, which does not count them.
    name: 'ringDropped',
    metric: 'ring_dropped_packets_total',
    help: 'Frames that the kernel had no room for in the capture ring: not captured, and not mirrored.',
    note: 'skipped for a full ring, never read',
  },
  {
    name: 'unmatched',
    metric: 'unmatched_packets_total',
    help: 'Captured frames that no session wanted; the kernel keeps most of these from the engine.',
  },
  {
    name: 'unparsable',
    metric: 'unparsable_packets_total',
    help: 'Captured frames with headers that are cut off or malformed.',
  },
] as const satisfies readonly CountRow[];

/** Counters of a session in a lane. */
export const SESSION_COUNTS = [
  {
    name: 'segmented',
    metric: 'segmented_packets_total',
    help: 'Matched GSO frames whose copies are the segments that a network card would have made.',
  },
  { name: 'segments', metric: 'segments_total', help: 'Copies due that are such segments.' },
  {
    // Their segments are not known for sure.
    name: 'unsegmented',
    metric: 'unsegmented_packets_total',
    help: 'Matched GSO frames that were copied as they are.',
    note: 'GSO frames as they are',
  },
  {
    name: 'truncated',
    metric: 'truncated_packets_total',
    help: 'Matched frames longer than PacketLength.',
    note: 'truncated to PacketLength',
  },
  {
    name: 'cut',
    metric: 'cut_packets_total',
    help: 'Copies that were cut to fit the path MTU, or by the kernel.',
    note: 'cut',
  },
  {
    name: 'fragmented',
    metric: 'fragmented_packets_total',
    help: 'Copies that were sent in fragments.',
    note: 'sent in fragments',
  },
] as const satisfies readonly CountRow[];

export type LaneCount = (typeof LANE_COUNTS)[number]['name'];
export type SessionCount = (typeof SESSION_COUNTS)[number]['name'];

/** One number per row. @param value of a row, by its name and its index. */
export function countsOf<Name extends string>(
  rows: readonly { readonly name: Name }[],
  value: (name: Name, index: number) => number,
): Record<Name, number> {
  return Object.fromEntries(rows.map(({ name }, index) => [name, value(name, index)])) as Record<
    Name,
    number
  >;
}
