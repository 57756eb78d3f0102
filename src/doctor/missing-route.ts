/** No route to a target: its device is down, has no address, takes no part in IPv6, or only the route is missing. */
import { BlockList } from 'node:net';
import type { Device } from '../linux/devices.js';
import { isIpv6Text, zoneOf } from '../wire/address.js';
import type { Facts, NetworkFacts } from './facts.js';
import { type Finding, finding } from './finding.js';
import type { Delivery } from './plan-view.js';
import { shellWord } from './shell-word.js';

/** fe80::/10 (RFC 4291 section 2.5.6). */
const LINK_LOCAL = /^fe[89ab]/;

/** Reports `route-missing`, with what the reader has to complete only where nothing here tells it. */
export function missingRoute(facts: Facts, { targetId, address }: Delivery): Finding {
  const { prefix } = facts.home;
  const { why, commands } = causeOf(facts, address);
  const text = `there is no route to ${address}${why}`;
  return finding(
    'error',
    'route-missing',
    targetId,
    text,
    commands.map((one) => `${prefix}${one}`).join('; '),
  );
}

interface Cause {
  /** Follows what is missing. */
  readonly why: string;
  /** One after the other; the last may have a comment. */
  readonly commands: readonly string[];
}

function causeOf(facts: Facts, address: string): Cause {
  const zone = zoneOf(address);
  if (zone !== undefined) {
    const look = `ip link show dev ${shellWord(zone)} # ${shellWord(address)} is on its link: is it there, and up?`;
    return { why: '', commands: [look] };
  }
  const down = downDevice(facts, address);
  if (down !== undefined) {
    const { name, network } = down;
    const has = network === undefined ? '' : `, which has ${network.address}/${network.prefixLength},`;
    return {
      why: `: device ${name}${has} is down`,
      commands: [`ip link set dev ${shellWord(name)} up`],
    };
  }
  const devices = candidates(facts).filter(({ up, carrier }) => up && carrier);
  const network = facts.home.networks.find((one) => holds(one, address));
  const device = devices.length === 1 ? devices[0] : devices.find(({ name }) => name === network?.device);
  return device === undefined
    ? { why: '', commands: [routeCommand(address, 'DEVICE')] }
    : causeAt(facts, address, device);
}

/** @param device by which copies can leave. */
function causeAt({ home }: Facts, address: string, { name, ipv6 }: Device): Cause {
  const word = shellWord(name);
  const isIpv6 = isIpv6Text(address);
  const assign = `${ipOf(address)} addr add ADDRESS/${isIpv6 ? 64 : 24} dev ${word}`;
  if (isIpv6 && !ipv6) {
    const enable = `sysctl -w net/ipv6/conf/${word}/disable_ipv6=0`;
    const comment = '# ADDRESS: an own one, in the network of the target';
    return { why: `: IPv6 is off on ${name}`, commands: [enable, `${assign} ${comment}`] };
  }
  const isUsable = (network: NetworkFacts): boolean =>
    network.device === name && isIpv6Text(network.address) === isIpv6 && !LINK_LOCAL.test(network.address);
  // None at all: they could not be read.
  if (home.networks.length > 0 && !home.networks.some(isUsable)) {
    const comment = `# ADDRESS: an own one, in the network of the target; where that is behind a gateway, a route besides: ${ipOf(address)} route add ${shellWord(address)} via GATEWAY`;
    return {
      why: `: device ${name} has no ${isIpv6 ? 'IPv6' : 'IPv4'} address`,
      commands: [`${assign} ${comment}`],
    };
  }
  return { why: '', commands: [routeCommand(address, word)] };
}

/** That which is in the network of the target, or else the only one by which copies could leave. */
function downDevice(
  facts: Facts,
  address: string,
): { readonly name: string; readonly network?: NetworkFacts } | undefined {
  const { devices, networks } = facts.home;
  const down = new Set(devices.flatMap(({ name, up }) => (up ? [] : [name])));
  const network = networks.find((one) => down.has(one.device) && holds(one, address));
  if (network !== undefined) return { name: network.device, network };
  const [only, ...others] = candidates(facts);
  return only !== undefined && others.length === 0 && !only.up ? only : undefined;
}

/** Devices by which copies can leave, if they are up. Those that are mirrored are not. */
function candidates({ plan, home }: Facts): Device[] {
  const sources = new Set(plan.sources.map(({ device }) => device));
  return home.devices.filter(({ name, ethernet }) => ethernet && name !== 'lo' && !sources.has(name));
}

function holds({ address, prefixLength }: NetworkFacts, target: string): boolean {
  const [family, wanted] = [address, target].map((one) => (isIpv6Text(one) ? 'ipv6' : 'ipv4')) as [
    'ipv4' | 'ipv6',
    'ipv4' | 'ipv6',
  ];
  if (family !== wanted) return false;
  const block = new BlockList();
  block.addSubnet(address, prefixLength, family);
  return block.check(target, family);
}

function routeCommand(address: string, device: string): string {
  return `${ipOf(address)} route add ${shellWord(address)} dev ${device} # or: via GATEWAY, where it is behind one`;
}

function ipOf(address: string): string {
  return isIpv6Text(address) ? 'ip -6' : 'ip';
}
