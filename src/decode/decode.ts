/**
 * Frame -> Decoded: Ethernet, VLAN tags, IP, ports. Runs once per frame, with integers only and without allocation.
 * Every length is checked here, so that later stages need not check. A frame that is cut or malformed gets a kind of its
 * own.
 *
 * The files of this folder copy what they import into constants of their module: V8 folds those into the code, but loads
 * an imported binding from memory at every use.
 */
import * as ethernet from '../wire/ethernet.js';
import * as vlan from '../wire/vlan.js';
import * as overIpv4 from './decode-ipv4.js';
import { decodeIpv6 } from './decode-ipv6.js';
import type { Decoded } from './decoded.js';
import * as decoding from './decoded.js';

const { KIND_ARP, KIND_OTHER, KIND_UNPARSABLE } = decoding;
const { isVlanType, VLAN_TAG_LENGTH, vlanInnerType } = vlan;
const { decodeIpv4 } = overIpv4;
const { ETHERNET_HEADER_LENGTH, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, etherType } = ethernet;

/** A frame with more tags is KIND_OTHER. */
const MAXIMUM_VLAN_TAGS = 3;

/**
 * Sets `decoded.kind`, and for IPv4 and IPv6 every other field.
 * @param offset of the frame in `bytes`. @param length captured bytes; nothing outside them is read.
 */
export function decode(bytes: Uint8Array, offset: number, length: number, decoded: Decoded): void {
  if (length < ETHERNET_HEADER_LENGTH) {
    decoded.kind = KIND_UNPARSABLE;
    return;
  }
  const end = offset + length;
  let network = offset + ETHERNET_HEADER_LENGTH;
  let type = etherType(bytes, offset);
  for (let tags = 0; isVlanType(type) && tags < MAXIMUM_VLAN_TAGS; tags++) {
    if (end - network < VLAN_TAG_LENGTH) {
      decoded.kind = KIND_UNPARSABLE;
      return;
    }
    type = vlanInnerType(bytes, network);
    network += VLAN_TAG_LENGTH;
  }
  if (type === ETHERTYPE_IPV4) decodeIpv4(bytes, offset, network, end, decoded);
  else if (type === ETHERTYPE_IPV6) decodeIpv6(bytes, offset, network, end, decoded);
  else decoded.kind = type === ETHERTYPE_ARP ? KIND_ARP : KIND_OTHER;
}
