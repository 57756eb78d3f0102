/** Rules of this host's firewall that copies run into, and connections that it cannot follow any more. */
import { encapsulationOf } from '../encapsulate/encapsulations.js';
import { FIRST_SOURCE_PORT } from '../encapsulate/flow-hash.js';
import { SOCKET_MARK } from '../linux/sending-sockets.js';
import { isIpv6Text } from '../wire/address.js';
import { type Facts, runningDaemon, type WayFacts } from './facts.js';
import { type Finding, finding } from './finding.js';
import type { CopyFields } from './nft-match.js';
import { type Drop, dropsOf } from './nft-walk.js';
import { type Delivery, deliveriesOf } from './plan-view.js';
import { shellWord } from './shell-word.js';

const LAST_PORT = 65535;
const MARK = `0x${SOCKET_MARK.toString(16)}`;
/** Rules that iptables made, by nft: its own command is to change them. */
const IPTABLES_CHAIN = /^[A-Z]+$/;
/** Targets that are followed through the rules. */
const MOST_FOLLOWED = 100;
/** Of the connections that may be followed. */
const NEARLY_FULL = 0.95;

/** Reports `firewall-drops`, `firewall-may-drop` and `conntrack-full`. */
export function checkFirewall(facts: Facts): Finding[] {
  const different = new Map(
    deliveriesOf(facts.plan).map((one) => [`${one.encapsulation?.name} ${one.address}`, one]),
  );
  const followed = [...different.values()].slice(0, MOST_FOLLOWED);
  return [...followed.flatMap((delivery) => checkTarget(facts, delivery)), ...checkConntrack(facts)];
}

function checkTarget(facts: Facts, delivery: Delivery): Finding[] {
  const way = facts.ways.get(delivery.address);
  if (facts.firewall === undefined || way?.device === undefined) return [];
  const drops = dropsOf(facts.firewall, copyTo(delivery, way, way.device.name), way.device.name === 'lo');
  return drops.map((drop) => describe(facts, delivery, drop));
}

function copyTo({ address, encapsulation, source }: Delivery, way: WayFacts, device: string): CopyFields {
  return {
    family: isIpv6Text(address) ? 'ip6' : 'ip',
    sourceAddress: source.address ?? way.sourceAddress,
    targetAddress: address,
    port: encapsulationOf(encapsulation).port,
    sourcePorts: { from: FIRST_SOURCE_PORT, to: LAST_PORT },
    mark: SOCKET_MARK,
    device,
  };
}

function describe(facts: Facts, { address, targetId, encapsulation }: Delivery, drop: Drop): Finding {
  const { base, chain, handle, isCertain } = drop;
  const place = `chain ${chain.family} ${chain.table} ${chain.name}`;
  const what = handle === undefined ? `the policy of ${place}` : `the rule with handle ${handle} of ${place}`;
  const isPassedBy = leavesPast(facts, address);
  const isError = isCertain && !isPassedBy;
  const verb = isCertain ? 'drops' : 'may drop';
  const limits = isPassedBy ? '; they leave past it now, and every few seconds some do not' : '';
  const text = `firewall: ${what} ${verb} copies to ${address}${limits}`;
  const remedy = `${facts.home.prefix}${allow(base, address, encapsulationOf(encapsulation).port)}`;
  return isError
    ? finding('error', 'firewall-drops', targetId, text, remedy)
    : finding('warning', 'firewall-may-drop', targetId, text, `${remedy} # if it does`);
}

/** Direct copies pass the firewall by. */
function leavesPast(facts: Facts, address: string): boolean {
  const target = runningDaemon(facts)?.status.targets.find((one) => one.address === address);
  if (target !== undefined) return target.emission !== 'routed';
  return facts.plan.engine.emit === 'direct' && !isIpv6Text(address);
}

/** The command that lets copies through. Only those of this program have its mark. */
function allow({ family, table, name }: Drop['base'], address: string, port: number | undefined): string {
  const isOfIptables = table === 'filter' && IPTABLES_CHAIN.test(name) && family !== 'inet';
  const words = port === undefined ? `-d ${shellWord(address)}` : `-p udp --dport ${port}`;
  if (isOfIptables) {
    return `${family === 'ip6' ? 'ip6tables' : 'iptables'} -I ${name} ${words} -m mark --mark ${MARK} -j ACCEPT`;
  }
  const test = port === undefined ? `ip daddr ${shellWord(address)}` : `udp dport ${port}`;
  return `nft insert rule ${family} ${shellWord(table)} ${shellWord(name)} ${test} meta mark ${MARK} accept`;
}

/** Each flow of copies is a connection of its own, by its source port. New ones are dropped when the table is full. */
function checkConntrack({ conntrack, home }: Facts): Finding[] {
  if (conntrack === undefined || conntrack.count < conntrack.maximum * NEARLY_FULL) return [];
  const { count, maximum } = conntrack;
  const text = `the kernel follows ${count} of at most ${maximum} connections (conntrack); of copies that are routed, those of new flows are dropped`;
  const remedy = `${home.prefix}nft add table inet untracked; ${home.prefix}nft 'add chain inet untracked output { type filter hook output priority raw; }'; ${home.prefix}nft add rule inet untracked output meta mark ${MARK} notrack`;
  return [finding('error', 'conntrack-full', 'host', text, remedy)];
}
