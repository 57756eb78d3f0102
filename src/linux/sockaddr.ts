/** Socket addresses, little-endian fields but for what the network sees. */

export const AF_INET = 2;
export const AF_PACKET = 17;

const SOCKADDR_LL_LENGTH = 20;
const SOCKADDR_IN_LENGTH = 16;

/** packet(7): struct sockaddr_ll, to bind. @param protocol EtherType, or 3 (ETH_P_ALL). */
export function packetAddress(protocol: number, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_LL_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, protocol);
  view.setInt32(4, interfaceIndex, true);
  return bytes;
}

/** ip(7): struct sockaddr_in. @param address in dotted form, checked before. */
export function internetAddress(address: string, port: number): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_IN_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port);
  bytes.set(address.split('.').map(Number), 4);
  return bytes;
}

/** A C int as an option's value. */
export function intValue(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
