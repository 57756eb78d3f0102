/**
 * Captures frames through npm cap (libpcap), with one handle per source and direction: the package does not report
 * the direction of a frame, but libpcap's filter can select one.
 *
 *     kernel ring --cap copies--> [ headroom | frame ] --consume--> ...      one buffer, reused
 *
 * While its ring has frames, cap calls back for each one and does not return to the event loop; at steady load it never
 * does. Nothing in the package stops it without losing frames. So the engine's other work is done here, by `onFrames`,
 * every few dozen frames.
 */
import type { Encapsulation } from '../../encapsulate/encapsulation.js';
import { ENCAPSULATIONS } from '../../encapsulate/encapsulations.js';
import { FIRST_SOURCE_PORT } from '../../encapsulate/flow-hash.js';
import type { Direction, Oversize } from '../../plan/mirror-plan.js';
import { hostOf, isIpv6Text } from '../../wire/address.js';
import { Frame, type FrameConsumer, HEADROOM_BYTES } from '../frame.js';
import { closeHandle, type HandleOptions, openHandle } from './handle.js';

/** cap's snapshot length. */
const SNAPSHOT_BYTES = 65535;
/** Frames between two calls of `onFrames`: a few hundred microseconds at full load. */
const FRAMES_PER_CALL = 64;

/** Bytes of Ethernet and IP in front of an encapsulation. */
const IP_END = { 4: 14 + 20, 6: 14 + 40 } as const;

/**
 * Tests that a packet passes. Its length is tested first: a test that reads beyond a short frame would drop the frame.
 */
type Tests = Readonly<Record<4 | 6, readonly string[]>>;

export interface LibpcapOptions extends Omit<HandleOptions, 'buffer'> {
  /** Takes the frames; may be replaced between frames. */
  readonly consumer: FrameConsumer;
  /** Called every few dozen frames, inside cap's loop. */
  readonly onFrames: () => void;
}

/** An open capture of one device in one direction. */
export class LibpcapSource {
  consumer: FrameConsumer;
  readonly #close: () => void;

  private constructor(consumer: FrameConsumer, close: () => void) {
    this.consumer = consumer;
    this.#close = close;
  }

  /**
   * @throws MissingPackageError when npm cap is not installed; Error when the device is not Ethernet, or with libpcap's
   * text when it is missing or down, or the process may not capture.
   */
  static async open(options: LibpcapOptions): Promise<LibpcapSource> {
    const memory = new Uint8Array(HEADROOM_BYTES + SNAPSHOT_BYTES);
    const frame = new Frame(memory);
    frame.offset = HEADROOM_BYTES;
    const handle = await openHandle({ ...options, buffer: memory.subarray(HEADROOM_BYTES) });
    const source = new LibpcapSource(options.consumer, () => closeHandle(handle));
    let frames = 0;
    handle.onPacket = (length) => {
      frame.capturedLength = length;
      frame.wireLength = length;
      source.consumer.consume(frame);
      source.consumer.endBatch();
      frames += 1;
      if (frames % FRAMES_PER_CALL === 0) options.onFrames();
    };
    return source;
  }

  /** Closes the handle. Safe inside `consume` and `onFrames`: cap then leaves its loop. */
  close(): void {
    this.#close();
  }
}

/**
 * The libpcap expression of a direction. It leaves out the engine's own outer packets and nothing else: copies that
 * this host sent to one of its targets, so that the mirror does not mirror itself. A forwarded packet has a smaller hop
 * count, which is enough on egress. On ingress (lo, or a device that gets its own packets back) the source must be an
 * address of this host too.
 */
export function libpcapFilter(
  direction: Direction,
  targetAddresses: readonly string[],
  localAddresses: readonly string[],
  oversize: Oversize,
): string {
  const primitive = direction === 'ingress' ? 'inbound' : 'outbound';
  const kinds = ENCAPSULATIONS.flatMap((encapsulation) =>
    oversize === 'fragment'
      ? [copyTests(encapsulation), fragmentTests(encapsulation)]
      : [copyTests(encapsulation)],
  );
  const own = ([4, 6] as const).flatMap((family) => {
    const targets = ofFamily(family, targetAddresses);
    const origins = direction === 'ingress' ? ofFamily(family, localAddresses) : undefined;
    if (targets.length === 0 || origins?.length === 0) return [];
    const addresses = [
      anyOf('dst host', targets),
      ...(origins === undefined ? [] : [anyOf('src host', origins)]),
    ];
    return kinds.map((kind) => `(${[...kind[family], ...addresses].join(' and ')})`);
  });
  return own.length === 0 ? primitive : `${primitive} and not (${own.join(' or ')})`;
}

/** Tests for copies: packets of the encapsulation with the hop count and source port of copies. */
function copyTests({ protocol, port, overhead }: Encapsulation): Tests {
  const first = FIRST_SOURCE_PORT;
  const inside4 =
    port === undefined ? [`ip[9] = ${protocol}`] : [`udp dst port ${port}`, `src portrange ${first}-65535`];
  const inside6 = port === undefined ? [] : [`ip6[42:2] = ${port}`, `ip6[40:2] >= ${first}`];
  return {
    4: [`greater ${IP_END[4] + overhead}`, 'ip[0] = 0x45', ...inside4, 'ip[8] = 255'],
    6: [`greater ${IP_END[6] + overhead}`, `ip6[6] = ${protocol}`, 'ip6[7] = 255', ...inside6],
  };
}

/** Tests for fragments of copies: over IPv4 the later ones, since the first one has ports; over IPv6 all. */
function fragmentTests({ protocol }: Encapsulation): Tests {
  return {
    4: ['greater 34', 'ip[0] = 0x45', `ip[9] = ${protocol}`, 'ip[8] = 255', '(ip[6:2] & 0x1fff) != 0'],
    6: ['greater 62', 'ip6[6] = 44', `ip6[40] = ${protocol}`, 'ip6[7] = 255'],
  };
}

function ofFamily(family: 4 | 6, addresses: readonly string[]): string[] {
  return addresses.filter((address) => isIpv6Text(address) === (family === 6)).map(hostOf);
}

function anyOf(primitive: string, addresses: readonly string[]): string {
  return `(${addresses.map((address) => `${primitive} ${address}`).join(' or ')})`;
}
