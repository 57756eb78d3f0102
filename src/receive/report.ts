/** What `receive` tells of itself, as data and as lines of text. */
import type { ReceivedAmount, TallyCounts, VniCounts } from './tally.js';

/** How many rows the text has of each kind; the data has all. */
const SHOWN_VNIS = 50;
const SHOWN_SENDERS = 10;

/** All counts at one moment. */
export interface ReceiveReport extends TallyCounts {
  /** Since it listens. */
  readonly seconds: number;
  /** Datagrams that the kernel threw away: no room, or a wrong checksum. */
  readonly rxDropped: number;
  /** Absent without a capture. received = packets + pending. */
  readonly written?: {
    readonly name: string;
    readonly packets: number;
    /** Files that are whole. */
    readonly files: number;
    /** Frames that are not written yet, or never will be. */
    readonly pending: number;
  };
  /** Absent without a TAP device. received = packets + refused. */
  readonly device?: { readonly name: string; readonly packets: number; readonly refused: number };
}

/** Lines of text. The first is a sum that can be checked. */
export function formatReport(report: ReceiveReport): string[] {
  const { seconds, datagrams, received, unwanted, rejected, rxDropped, vnis, otherVnis } = report;
  const reasons = Object.entries(rejected).map(([reason, count]) => `${count} ${reason}`);
  const rejectedSum = Object.values(rejected).reduce((sum, count) => sum + count, 0);
  const busiest = vnis.toSorted((a, b) => b.packets - a.packets).slice(0, SHOWN_VNIS);
  const left = vnis.length - busiest.length;
  return [
    `${seconds.toFixed(1)} s: ${datagrams} datagrams = received ${received.packets} + unwanted ${unwanted}` +
      ` + rejected ${rejectedSum}${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}; dropped by the kernel ${rxDropped}`,
    ...busiest.flatMap(formatVni),
    ...(left > 0 ? [`and ${left} VNIs more; --json has all`] : []),
    ...(otherVnis.packets > 0 ? [`other VNIs: ${formatAmount(otherVnis)}`] : []),
    ...formatOutputs(report),
  ];
}

function formatVni({ vni, sessions, senders, otherSenders, packets, bytes }: VniCounts): string[] {
  const left = senders.length - SHOWN_SENDERS;
  return [
    `VNI ${vni}${sessions.length > 0 ? ` ${sessions.join(', ')}` : ''}: ${formatAmount({ packets, bytes })}`,
    ...senders
      .slice(0, SHOWN_SENDERS)
      .map((sender) => `  from ${sender.address} by ${sender.protocol}: ${formatAmount(sender)}`),
    ...(left > 0 ? [`  and ${left} senders more; --json has all`] : []),
    ...(otherSenders.packets > 0 ? [`  from others: ${formatAmount(otherSenders)}`] : []),
  ];
}

function formatOutputs({ written, device }: ReceiveReport): string[] {
  const lines: string[] = [];
  if (written !== undefined) {
    const { name, packets, files, pending } = written;
    const place = files > 1 ? `${files} files up to ${name}` : name;
    lines.push(`written ${packets} frames to ${place}${pending > 0 ? `, ${pending} not` : ''}`);
  }
  if (device !== undefined) {
    const { name, packets, refused } = device;
    lines.push(`shown ${packets} frames on ${name}${refused > 0 ? `, refused ${refused}` : ''}`);
  }
  return lines;
}

function formatAmount({ packets, bytes }: ReceivedAmount): string {
  return `${packets} frames, ${bytes} bytes`;
}
