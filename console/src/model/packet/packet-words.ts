/** A packet that is typed: its five fields to a frame, by the code of `explain --packet`. */
import { buildFrame } from '../../../../src/explain/packet-frame.js';
import { parsePacket } from '../../../../src/explain/packet-text.js';

/** The fields as they are typed. */
export interface PacketFields {
  /** `tcp`, `udp`, `icmp`, `icmp6`, `arp`, or a number. */
  readonly protocol: string;
  readonly sourceAddress: string;
  readonly sourcePort: string;
  readonly destinationAddress: string;
  readonly destinationPort: string;
  /** Bytes of the frame; empty: as short as it can be. */
  readonly length: string;
}

/** Protocols that have ports. */
export function hasPorts({ protocol }: Pick<PacketFields, 'protocol'>): boolean {
  return protocol === 'tcp' || protocol === 'udp';
}

/** The packet in words, as `explain --packet` takes it. */
export function packetWords(fields: PacketFields): string {
  const length = fields.length.trim() === '' ? '' : ` length ${fields.length.trim()}`;
  if (fields.protocol === 'arp') return `arp${length}`;
  const source = side(fields.sourceAddress, hasPorts(fields) ? fields.sourcePort : undefined);
  const destination = side(fields.destinationAddress, hasPorts(fields) ? fields.destinationPort : undefined);
  return `${fields.protocol} ${source} > ${destination}${length}`;
}

/** The frame. The refusal is that of `explain --packet`. */
export function packetFrame(fields: PacketFields): { frame: Uint8Array } | { problem: string } {
  const words = parsePacket(packetWords(fields));
  const frame = words.ok ? buildFrame(words.value) : words;
  return frame.ok ? { frame: frame.value } : { problem: frame.text };
}

function side(address: string, port: string | undefined): string {
  const host = address.trim();
  if (port === undefined) return host;
  return `${host.includes(':') ? `[${host}]` : host}:${port.trim()}`;
}
