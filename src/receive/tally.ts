/** What was received, by VNI and sender: counts of the hot loop, and the same as plain data. */

import { CountTable } from './count-table.js';
import { PROTOCOL_NAMES, type ReceivedProtocolName } from './decapsulate.js';
import { REJECT_REASONS, type RejectReason } from './reject-reason.js';

/** How many VNIs and senders are told apart; those of named VNIs have a row beside these. */
export const MAXIMUM_VNIS = 4096;
export const MAXIMUM_SENDERS = 4096;

/** The protocol stands above the 24 bits of the VNI in a sender's key. */
const PROTOCOL_SHIFT = 24;
const VNI_MASK = 0xffffff;

/** Packets, and bytes of their frames. */
export interface ReceivedAmount {
  readonly packets: number;
  readonly bytes: number;
}

/** What came from one address under one VNI. */
export interface SenderCounts extends ReceivedAmount {
  readonly address: string;
  readonly protocol: ReceivedProtocolName;
}

/** What came under one VNI. */
export interface VniCounts extends ReceivedAmount {
  readonly vni: number;
  /** Sessions that the configuration has with it. */
  readonly sessions: readonly string[];
  readonly senders: readonly SenderCounts[];
  /** What came from senders for which there is no row. */
  readonly otherSenders: ReceivedAmount;
}

/** Sums: datagrams = received + unwanted + rejected. */
export interface TallyCounts {
  readonly datagrams: number;
  /** Frames that were taken. */
  readonly received: ReceivedAmount;
  /** Of VNIs that were not asked for. */
  readonly unwanted: number;
  readonly rejected: Partial<Record<RejectReason, number>>;
  readonly vnis: readonly VniCounts[];
  /** What came under VNIs for which there is no row. */
  readonly otherVnis: ReceivedAmount;
}

/** Counts. Its memory is fixed. */
export class Tally {
  readonly vnis: CountTable;
  readonly #senders: CountTable;
  readonly #sessions: ReadonlyMap<number, readonly string[]>;
  /** By index in `REJECT_REASONS`. */
  readonly #rejected = new Float64Array(REJECT_REASONS.length);
  #unwanted = 0;

  /** @param sessions by VNI; strangers cannot take the rows of these. @param seed random */
  constructor(sessions: ReadonlyMap<number, readonly string[]>, seed: number) {
    this.vnis = new CountTable(MAXIMUM_VNIS + sessions.size, seed);
    this.#senders = new CountTable(MAXIMUM_SENDERS, seed);
    this.#sessions = sessions;
    for (const vni of sessions.keys()) this.vnis.rowOf(vni);
  }

  /**
   * Counts a frame.
   * @param protocol index in PROTOCOL_NAMES. @param sender an IPv6 address as words in memory order.
   * @returns the row of its VNI
   */
  take(protocol: number, vni: number, sender: Int32Array, bytes: number): number {
    const row = this.vnis.rowOf(vni);
    this.vnis.count(row, bytes);
    const key = (protocol << PROTOCOL_SHIFT) | vni;
    this.#senders.count(this.#senders.rowOf(key, sender[0], sender[1], sender[2], sender[3]), bytes);
    return row;
  }

  /** @param reason index in REJECT_REASONS */
  reject(reason: number): void {
    this.#rejected[reason] += 1;
  }

  leaveOut(): void {
    this.#unwanted += 1;
  }

  /** Sessions of the configuration that have a VNI. */
  sessionsOf(vni: number): readonly string[] {
    return this.#sessions.get(vni) ?? [];
  }

  /** Frames that were taken so far. */
  get packets(): number {
    return this.vnis.packets.reduce((sum, count) => sum + count, 0);
  }

  counts(): TallyCounts {
    const { vnis } = this;
    const rejected = Object.fromEntries(
      REJECT_REASONS.flatMap((reason, index) =>
        this.#rejected[index] > 0 ? [[reason, this.#rejected[index]]] : [],
      ),
    );
    const received = {
      packets: this.packets,
      bytes: vnis.bytes.reduce((sum, count) => sum + count, 0),
    };
    const refused = this.#rejected.reduce((sum, count) => sum + count, 0);
    return {
      datagrams: received.packets + this.#unwanted + refused,
      received,
      unwanted: this.#unwanted,
      rejected,
      vnis: this.#vniCounts(),
      otherVnis: amountOf(vnis, vnis.capacity),
    };
  }

  #vniCounts(): VniCounts[] {
    const senders = this.#sendersByVni();
    const rows = Array.from({ length: this.vnis.rows }, (_, row) => row);
    return rows
      .filter((row) => this.vnis.packets[row] > 0)
      .map((row) => {
        const vni = this.vnis.key(row, 0);
        const all = amountOf(this.vnis, row);
        const known = senders.get(vni) ?? [];
        return {
          vni,
          sessions: this.sessionsOf(vni),
          ...all,
          senders: known.toSorted((a, b) => b.packets - a.packets),
          otherSenders: {
            packets: all.packets - known.reduce((sum, { packets }) => sum + packets, 0),
            bytes: all.bytes - known.reduce((sum, { bytes }) => sum + bytes, 0),
          },
        };
      })
      .sort((a, b) => a.vni - b.vni);
  }

  #sendersByVni(): Map<number, SenderCounts[]> {
    const table = this.#senders;
    const byVni = new Map<number, SenderCounts[]>();
    for (let row = 0; row < table.rows; row++) {
      const key = table.key(row, 0);
      const list = byVni.get(key & VNI_MASK) ?? [];
      byVni.set(key & VNI_MASK, list);
      list.push({
        address: addressText([1, 2, 3, 4].map((word) => table.key(row, word))),
        protocol: PROTOCOL_NAMES[key >>> PROTOCOL_SHIFT],
        ...amountOf(table, row),
      });
    }
    return byVni;
  }
}

function amountOf(table: CountTable, row: number): ReceivedAmount {
  return { packets: table.packets[row], bytes: table.bytes[row] };
}

/** @param words of an IPv6 address in memory order, IPv4 as ::ffff:a.b.c.d */
function addressText(words: readonly number[]): string {
  const bytes = new Uint8Array(Int32Array.from(words).buffer);
  const isIpv4 =
    bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (isIpv4) return bytes.subarray(12).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (bytes[2 * index] << 8) | bytes[2 * index + 1]);
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]`).hostname.slice(1, -1);
}
