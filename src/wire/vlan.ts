/**
 * VLAN tag (IEEE 802.1Q-2018 §9.3). The type field in front of the tag holds the tag's protocol identifier;
 * the tag's own bytes are
 *
 *      0                 2      4
 *     +-----+-----+-----+------+---
 *     | PCP | DEI | VID | type | payload, or the next tag
 *     +-----+-----+-----+------+---
 *       3b    1b    12b
 */
import { readUint16, writeUint16 } from './integers.js';

const TYPE = 2;

export const VLAN_TAG_LENGTH = 4;
/** Bytes of destination and source, in front of the first tag. */
const ADDRESSES_LENGTH = 12;

/** Customer tag, 802.1Q. */
export const ETHERTYPE_VLAN = 0x8100;
/** Service tag, 802.1ad. */
const ETHERTYPE_SERVICE_VLAN = 0x88a8;
/** Outer tag of switches older than 802.1ad. */
const ETHERTYPE_OLD_SERVICE_VLAN = 0x9100;
/** The types that announce a tag. */
export const VLAN_TYPES = [ETHERTYPE_VLAN, ETHERTYPE_SERVICE_VLAN, ETHERTYPE_OLD_SERVICE_VLAN] as const;

/** True for a type that announces a tag. */
export function isVlanType(type: number): boolean {
  return type === ETHERTYPE_VLAN || type === ETHERTYPE_SERVICE_VLAN || type === ETHERTYPE_OLD_SERVICE_VLAN;
}

/** The type of what follows a tag. @param offset of the tag, behind the type that announces it. */
export function vlanInnerType(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + TYPE);
}

/**
 * Inserts a tag into a frame: moves its two addresses to the front by VLAN_TAG_LENGTH, and writes the tag behind them.
 * @param offset of the frame with the tag; without the tag it began VLAN_TAG_LENGTH later.
 * @param control priority, DEI and VLAN id, 16 bits as on the wire.
 */
export function insertVlanTag(bytes: Uint8Array, offset: number, type: number, control: number): void {
  for (let index = 0; index < ADDRESSES_LENGTH; index++)
    bytes[offset + index] = bytes[offset + VLAN_TAG_LENGTH + index];
  writeUint16(bytes, offset + ADDRESSES_LENGTH, type);
  writeUint16(bytes, offset + ADDRESSES_LENGTH + TYPE, control);
}
