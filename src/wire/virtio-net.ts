/**
 * The work that was left to the network card, as a packet socket describes it in front of each frame (PACKET_VNET_HDR,
 * packet(7); struct virtio_net_hdr, linux/virtio_net.h), in the byte order of the machine:
 *
 *      0        1            2               4            6                8                 10
 *     +--------+------------+---------------+------------+----------------+-----------------+------
 *     | flags  | GSO type   | headers' size | GSO size   | checksum start | checksum offset | frame
 *     +--------+------------+---------------+------------+----------------+-----------------+------
 *
 * A GSO frame (generic segmentation offload) is to be sent as several segments, each with GSO size bytes of payload
 * but for the last. A checksum that was left to the card covers the bytes from its start to the frame's end, lies at
 * its offset from there, and holds the sum of the pseudo-header.
 */

/** Offsets in 16-bit words. */
export const OFFLOAD_GSO_SIZE = 2;
export const OFFLOAD_CHECKSUM_START = 3;
export const OFFLOAD_CHECKSUM_OFFSET = 4;

export const OFFLOAD_HEADER_LENGTH = 10;

/** Flags, in the low byte of the first word: the checksum is left to the card. */
export const OFFLOAD_NEEDS_CHECKSUM = 1;

/** GSO types, in the high byte of the first word; GSO_NONE: no GSO frame. */
export const GSO_NONE = 0;
export const GSO_TCP_IPV4 = 1;
export const GSO_TCP_IPV6 = 4;
/** Each segment is a datagram. */
export const GSO_UDP = 5;
/** A bit beside a TCP type: the packet carries CWR. */
export const GSO_ECN = 0x80;
