/** What the first bytes of a frame hold. */

const ETHERNET = 14;
const IP = { IPv4: 20, IPv6: 40 } as const;
const TCP = 20;
const UDP = 8;

/** A packet length in a cell. */
export function packetLengthText(packetLength: number | undefined): string {
  return packetLength === undefined ? 'Entire packet' : `${packetLength.toLocaleString('en-US')} bytes`;
}

/**
 * What a copy of so many bytes holds, from the Ethernet header on, of frames without VLAN tags, options and extension
 * headers.
 */
export function packetLengthHint(packetLength: number): string {
  if (packetLength < ETHERNET) return 'Part of the Ethernet header.';
  return `${familyHint('IPv4', packetLength)} ${familyHint('IPv6', packetLength)}`;
}

function familyHint(family: keyof typeof IP, packetLength: number): string {
  const network = ETHERNET + IP[family];
  if (packetLength < network) return `${family}: the Ethernet header and part of the IP header.`;
  const payload = (header: number): string => {
    const bytes = packetLength - network - header;
    return bytes < 0 ? 'part of its header' : `its header and ${bytes} bytes behind it`;
  };
  if (packetLength === network) return `${family}: the headers up to IP.`;
  return `${family}: the headers up to IP; of TCP ${payload(TCP)}, of UDP ${payload(UDP)}.`;
}
