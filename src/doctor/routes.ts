/** The ways to the targets: a route, a source address, a next hop that answers, and something that listens. */
import { encapsulationOf } from '../encapsulate/encapsulations.js';
import { SOCKET_MARK } from '../linux/sending-sockets.js';
import { isIpv6Text } from '../wire/address.js';
import { type Facts, runningDaemon, type WayFacts } from './facts.js';
import { type Finding, finding } from './finding.js';
import { missingRoute } from './missing-route.js';
import { type Delivery, targetsByAddress } from './plan-view.js';
import { shellWord } from './shell-word.js';

type TargetStatus = NonNullable<ReturnType<typeof runningDaemon>>['status']['targets'][number];

/**
 * Reports `route-missing`, `source-address-missing`, `device-no-carrier`, `next-hop-silent`, `target-refuses`, `target-forbidden`,
 * `target-unhealthy`, `target-unreachable` and `target-congested`: one of them for a target.
 */
export function checkRoutes(facts: Facts): Finding[] {
  const statuses = new Map(runningDaemon(facts)?.status.targets.map((one) => [one.address, one]));
  return [...targetsByAddress(facts.plan).values()].flatMap((delivery) => {
    const way = facts.ways.get(delivery.address);
    const status = statuses.get(delivery.address);
    const found =
      (way && wayFinding(facts, delivery, way)) ??
      (status && statusFinding(facts, delivery, status)) ??
      (way && probeFinding(facts, delivery, way));
    return found === undefined ? [] : [found];
  });
}

function wayFinding(facts: Facts, delivery: Delivery, way: WayFacts): Finding | undefined {
  const { targetId, address } = delivery;
  const { prefix } = facts.home;
  const ip = isIpv6Text(address) ? 'ip -6' : 'ip';
  if (way.device === undefined) {
    if (way.isLostByMark) {
      const text = `a routing rule leaves copies to ${address} without a route, for their mark`;
      const mark = `0x${SOCKET_MARK.toString(16)}`;
      const remedy = `${prefix}${ip} rule show; ${prefix}${ip} rule add fwmark ${mark} lookup main priority 1`;
      return finding('error', 'route-missing', targetId, text, remedy);
    }
    return missingRoute(facts, delivery);
  }
  const [bad] = way.badSources;
  if (bad !== undefined) {
    const text = `copies to ${address} are to come from ${bad}, which is no address of this host`;
    const remedy = `${prefix}${ip} addr add ${shellWord(bad)} dev ${shellWord(way.device.name)}, or take address: ${shellWord(bad)} of the source away: then the kernel chooses`;
    return finding('error', 'source-address-missing', targetId, text, remedy);
  }
  if (!way.device.carrier) {
    const { name } = way.device;
    const text = `device ${name}, by which copies to ${address} leave, has no carrier: they are not sent`;
    const remedy = `${prefix}ip link show dev ${shellWord(name)} # connect its cable, or set the other end of its pair up`;
    return finding('error', 'device-no-carrier', targetId, text, remedy);
  }
  if (way.neighbour === 'failed') return silent(facts, targetId, address, way);
  return undefined;
}

function silent(facts: Facts, targetId: string, address: string, { nextHop, device }: WayFacts): Finding {
  const { prefix } = facts.home;
  const name = device?.name ?? '';
  const text = `the next hop to ${address}, ${nextHop} by ${name}, does not answer (${isIpv6Text(address) ? 'neighbour discovery' : 'ARP'}): copies are not sent`;
  const remedy = `${prefix}ping -c 3 -I ${shellWord(name)} ${shellWord(nextHop)} # is it up, in this network, and is this its address? else correct the target's address`;
  return finding('error', 'next-hop-silent', targetId, text, remedy);
}

/** What the daemon found out by sending. */
function statusFinding(facts: Facts, delivery: Delivery, status: TargetStatus): Finding | undefined {
  const { targetId, address } = delivery;
  const { state, reason } = status;
  if (state === 'reachable') return undefined;
  const [code = ''] = reason.split(':');
  switch (code) {
    case 'its next hop does not answer':
      return silent(facts, targetId, address, wayOr(facts, address, status));
    case 'refused':
      return refused(facts, delivery);
    case 'permission':
      return forbidden(facts, targetId, address);
    case 'oversize': {
      const text = `the MTU on the way to ${address} is smaller than its route says`;
      const remedy = `${facts.home.prefix}tracepath -n ${shellWord(address)} # where it falls; packetLength, or engine.oversize: fragment`;
      return finding('error', 'mtu-cuts', targetId, text, remedy);
    }
    case 'its health check fails': {
      const remedy = `curl -v or nc -vz ${shellWord(address)} with the port of the load balancer's healthCheck # mend what it asks for, or correct healthCheck`;
      return finding(
        'error',
        'target-unhealthy',
        targetId,
        `the health check of ${address} fails: its load balancer avoids it`,
        remedy,
      );
    }
    default: {
      const text = `target ${address} is ${state}: ${reason}`;
      if (state === 'suspect') {
        const remedy = `${facts.home.prefix}tc -s qdisc show dev ${shellWord(status.device)} # a faster link, fewer copies (filters, packetLength), or a rate: maximumBitsPerSecond`;
        return finding('warning', 'target-congested', targetId, text, remedy);
      }
      const remedy = `${facts.home.prefix}ip route get ${shellWord(address)}`;
      return finding('error', 'target-unreachable', targetId, text, remedy);
    }
  }
}

function wayOr(facts: Facts, address: string, { device }: TargetStatus): WayFacts {
  const known = facts.ways.get(address);
  if (known?.device !== undefined) return known;
  const found = facts.home.devices.find(({ name }) => name === device);
  return {
    device: found,
    nextHop: address,
    neighbour: undefined,
    sourceAddress: '',
    mtu: 0,
    isLostByMark: false,
    badSources: [],
    probe: undefined,
  };
}

function probeFinding(facts: Facts, delivery: Delivery, { probe }: WayFacts): Finding | undefined {
  const { targetId, address } = delivery;
  switch (probe) {
    case 'refused':
      return refused(facts, delivery);
    case 'permission':
      return forbidden(facts, targetId, address);
    case 'no-route':
      return finding(
        'error',
        'target-unreachable',
        targetId,
        `the network says that ${address} cannot be reached`,
        `${facts.home.prefix}ip route get ${shellWord(address)}; is it up, and are the routers on the way?`,
      );
    default:
      return undefined;
  }
}

/** Copies are sent all the same: a host on which a program captures need not listen. */
function refused({ home }: Facts, { targetId, address, encapsulation }: Delivery): Finding {
  const { name, port } = encapsulationOf(encapsulation);
  const text = `nothing listens on UDP port ${port} of target ${address}, as its host answers; a program that captures there gets the copies all the same`;
  const listen = `ip link add ${name}0 type ${name} external dstport ${port}; ip link set ${name}0 up`;
  const remedy = `at ${shellWord(address)}: traffic-mirror receive -w FILE, or ${listen} # something that takes them; ${home.prefix}tcpdump -ni any icmp or icmp6 # shows the answers`;
  return finding('warning', 'target-refuses', targetId, text, remedy);
}

function forbidden({ home }: Facts, targetId: string, address: string): Finding {
  const mark = `0x${SOCKET_MARK.toString(16)}`;
  const text = `the firewall of this host forbids copies to ${address}`;
  const remedy = `${home.prefix}nft -a list ruleset # let packets with the mark ${mark} out: meta mark ${mark} accept; iptables -I OUTPUT -m mark --mark ${mark} -j ACCEPT`;
  return finding('error', 'target-forbidden', targetId, text, remedy);
}
