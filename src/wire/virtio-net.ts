/**
 * What was left to the network card, as a packet socket tells it in front of each frame (PACKET_VNET_HDR, packet(7);
 * struct virtio_net_hdr, linux/virtio_net.h), in the byte order of the machine:
 *
 *      0        1            2               4                 6                8                 10
 *     +--------+------------+---------------+-----------------+----------------+-----------------+------
 *     | flags  | what kind  | headers' size | segment payload | checksum start | checksum offset | frame
 *     +--------+------------+---------------+-----------------+----------------+-----------------+------
 *
 * A checksum that is left covers the bytes from its start to the frame's end, lies so far behind its start, and
 * holds the sum of the pseudo-header.
 */

export const OFFLOAD_HEADER_LENGTH = 10;

/** In 16-bit words from the header's start. */
export const OFFLOAD_SEGMENT_PAYLOAD = 2;
export const OFFLOAD_CHECKSUM_START = 3;
export const OFFLOAD_CHECKSUM_OFFSET = 4;

/** Flags, in the low byte of the first word: the checksum is left to the card. */
export const OFFLOAD_NEEDS_CHECKSUM = 1;

/** Kinds of super-frames, in the high byte of the first word; 0: it is none. */
export const SEGMENTS_NONE = 0;
export const SEGMENTS_TCP_IPV4 = 1;
export const SEGMENTS_TCP_IPV6 = 4;
/** Each segment a datagram. */
export const SEGMENTS_UDP = 5;
/** Beside a TCP kind: the packet carries CWR. */
export const SEGMENTS_ECN = 0x80;
