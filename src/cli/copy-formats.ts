/** The two forms in which `peek` tells of copies: lines of text, and a pcapng file. */

import type { PeekedCopy } from '../peek/record-reader.js';
import { printFrame } from '../print/print-packet.js';
import { LINK_TYPE_ETHERNET } from '../wire/pcap.js';
import { PACKET_FRAME } from '../wire/pcapng-block.js';
import {
  emitPacketBlock,
  interfaceDescription,
  packetBlockLength,
  packetOptions,
  sectionHeader,
} from '../wire/pcapng-blocks.js';
import { safeLine } from './terminal-text.js';

/** A form of copies. */
export interface CopyFormat {
  /** What stands in front of all copies. */
  start(): Uint8Array | string;
  copy(copy: PeekedCopy): Uint8Array | string;
}

/** Time of day, direction, session, rule, and the packet in tcpdump's form; nothing of its payload. */
export class CopyLines implements CopyFormat {
  start(): string {
    return '';
  }

  copy({ origin, seconds, nanoseconds, wireLength, copyLength, bytes }: PeekedCopy): string {
    const time = new Date(seconds * 1000).toTimeString().slice(0, 8);
    const microseconds = String(Math.floor(nanoseconds / 1000)).padStart(6, '0');
    const { direction, sessionId, rule } = origin;
    const packet = printFrame(bytes, 0, bytes.length, wireLength);
    const cut = copyLength < wireLength ? ` [${copyLength} of ${wireLength} bytes]` : '';
    return `${time}.${microseconds} ${direction.padEnd(7)} ${safeLine(sessionId)} ${safeLine(rule)} ${packet}${cut}\n`;
  }
}

/**
 * An interface for each source and direction, with nanoseconds. Each packet has its direction, and a comment with session
 * and rule.
 */
export class CopyCapture implements CopyFormat {
  readonly #application: string;
  readonly #snapshotLength: number;
  /** Index of the interface, by source and direction. */
  readonly #interfaces = new Map<string, number>();
  /** By origin, which is one object for many copies. */
  readonly #options = new WeakMap<PeekedCopy['origin'], Uint8Array>();

  /** @param application that wrote the file. @param snapshotLength most bytes of a copy. */
  constructor(application: string, snapshotLength: number) {
    this.#application = application;
    this.#snapshotLength = snapshotLength;
  }

  start(): Uint8Array {
    return sectionHeader({ application: this.#application });
  }

  copy(copy: PeekedCopy): Uint8Array {
    const { origin, seconds, nanoseconds, wireLength, bytes } = copy;
    const name = `${origin.sourceId} ${origin.direction}`;
    const isNew = !this.#interfaces.has(name);
    const index = this.#interfaces.get(name) ?? this.#interfaces.size;
    this.#interfaces.set(name, index);
    const described = isNew ? this.#describe(name, origin.device) : new Uint8Array(0);
    const options = this.#optionsOf(origin);
    const start = described.length;
    const block = new Uint8Array(start + packetBlockLength(bytes.length, options));
    block.set(described);
    emitPacketBlock(block, start, index, seconds, nanoseconds, bytes.length, wireLength, options);
    block.set(bytes, start + PACKET_FRAME);
    return block;
  }

  #describe(name: string, device: string): Uint8Array {
    const description = `copies of ${device}, as they are mirrored`;
    const snapshotLength = this.#snapshotLength;
    return interfaceDescription({ linkType: LINK_TYPE_ETHERNET, snapshotLength, name, description });
  }

  #optionsOf(origin: PeekedCopy['origin']): Uint8Array {
    const known = this.#options.get(origin);
    if (known !== undefined) return known;
    const { direction, sessionId, rule } = origin;
    const options = packetOptions({ direction, comment: `session ${sessionId}, rule ${rule}` });
    this.#options.set(origin, options);
    return options;
  }
}
