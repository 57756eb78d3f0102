/**
 * Constants of the kernel that several files use, with others of the same lists. They are equal on x64 and arm64. A
 * constant that one file uses is in that file.
 */

/** Address families: socket(2). */
export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;

/** Socket types, and their flags: socket(2). */
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
/** Calls return EAGAIN instead of waiting. */
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

/** Levels of socket options. */
export const IPPROTO_IP = 0;
export const SOL_SOCKET = 1;
export const IPPROTO_IPV6 = 41;
export const SOL_PACKET = 263;

/** Options of SOL_SOCKET: socket(7). */
export const SO_ERROR = 4;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_ATTACH_FILTER = 26;
/** Of getsockopt(2): the same number. */
export const SO_GET_FILTER = 26;
/** Of getsockopt(2): the family that the socket was made with. */
export const SO_DOMAIN = 39;
export const SO_MARK = 36;
export const SO_BINDTODEVICE = 25;
export const SO_PRIORITY = 12;

/** Flags of a network device: netdevice(7). */
export const IFF_UP = 0x1;
export const IFF_LOOPBACK = 0x8;
export const IFF_LOWER_UP = 0x1_0000;

/** Hardware types of network devices: linux/if_arp.h. */
export const ARPHRD_ETHER = 1;
export const ARPHRD_LOOPBACK = 772;

/** Messages and attributes of links: rtnetlink(7). */
export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const IFLA_ADDRESS = 1;
export const IFLA_IFNAME = 3;
export const IFLA_MTU = 4;
export const IFLA_LINK = 5;
/** What families have to say of a link, by family; of IPv6, its settings as an array of numbers. */
export const IFLA_AF_SPEC = 26;
export const IFLA_INET6_CONF = 2;
/** Bytes of struct ifinfomsg, the start of these messages. */
export const LINK_BYTES = 16;

/** Multicast groups: linux/rtnetlink.h. */
export const RTMGRP_LINK = 0x1;
export const RTMGRP_NEIGH = 0x4;
/** Queues and filters of devices. */
export const RTMGRP_TC = 0x8;
export const RTMGRP_IPV4_IFADDR = 0x10;
export const RTMGRP_IPV4_ROUTE = 0x40;
export const RTMGRP_IPV4_RULE = 0x80;
export const RTMGRP_IPV6_IFADDR = 0x100;
export const RTMGRP_IPV6_ROUTE = 0x400;
export const RTMGRP_IPV6_RULE = 0x40000;
