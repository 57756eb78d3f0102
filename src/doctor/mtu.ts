/** The longest frame of each source against what fits into one packet on the way to its targets. */
import type { Encapsulation } from '../encapsulate/encapsulation.js';
import { encapsulationOf } from '../encapsulate/encapsulations.js';
import { innerLengthWithin, packetLength as packetLengthOf } from '../encapsulate/outer-header.js';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.js';
import type { Facts, WayFacts } from './facts.js';
import { type Finding, finding } from './finding.js';
import { type Delivery, deliveriesOf } from './plan-view.js';
import { shellWord } from './shell-word.js';

/** A larger MTU is not to be had on Ethernet. */
const LARGEST_MTU = 9216;

/** Reports `mtu-cuts`, or `mtu-fragments` with `engine.oversize: fragment`. */
export function checkMtus(facts: Facts): Finding[] {
  return deliveriesOf(facts.plan).flatMap((delivery) => {
    const device = facts.sources.get(delivery.source.id)?.device;
    const way = facts.ways.get(delivery.address);
    if (device === undefined || way?.device === undefined || way.mtu === 0) return [];
    const longest = device.mtu + ETHERNET_HEADER_LENGTH;
    const wanted = Math.min(longest, delivery.session.packetLength ?? longest);
    const room = innerLengthWithin(encapsulationOf(delivery.encapsulation), delivery.address, way.mtu);
    return wanted > room
      ? [describe(facts, delivery, { longest, wanted, room, sourceMtu: device.mtu, way })]
      : [];
  });
}

interface Lengths {
  /** Bytes of the longest frame of the source. */
  readonly longest: number;
  /** Bytes of it that the session wants. */
  readonly wanted: number;
  /** Bytes that fit. */
  readonly room: number;
  readonly sourceMtu: number;
  readonly way: WayFacts;
}

function describe(facts: Facts, delivery: Delivery, lengths: Lengths): Finding {
  const { source, session, address } = delivery;
  const { longest, wanted, room, sourceMtu, way } = lengths;
  const { oversize } = facts.plan.engine;
  const byLength = wanted < longest ? `, of which packetLength keeps ${wanted}` : '';
  const what = `frames of ${source.device} (MTU ${sourceMtu}) have up to ${longest} bytes${byLength}`;
  const fits = `to ${address} by ${way.device?.name} (MTU ${way.mtu}) ${room} fit`;
  const encapsulation = encapsulationOf(delivery.encapsulation);
  const remedy = remedyOf(facts, delivery, lengths, encapsulation);
  return oversize === 'fragment'
    ? finding(
        'hint',
        'mtu-fragments',
        session.id,
        `${what}; ${fits}: copies of longer ones are sent in fragments`,
        remedy,
      )
    : finding('error', 'mtu-cuts', session.id, `${what}; ${fits}: copies of longer ones are cut`, remedy);
}

function remedyOf(
  { plan, home }: Facts,
  { session, address }: Delivery,
  { wanted, room, way }: Lengths,
  encapsulation: Encapsulation,
): string {
  const needed = packetLengthOf(encapsulation, address, wanted);
  const name = way.device?.name ?? '';
  const isOfRoute = (way.device?.mtu ?? 0) >= needed;
  const raise = isOfRoute
    ? `${home.prefix}ip route get ${shellWord(address)} # its mtu is that of the route or of the path: raise it to ${needed} there`
    : `${home.prefix}ip link set dev ${shellWord(name)} mtu ${needed} # and as much on the way and at the target`;
  const ways = [
    ...(needed <= LARGEST_MTU ? [raise] : []),
    ...(room > 0
      ? [`packetLength: ${room} in session ${shellWord(session.id)}, if that much is enough`]
      : []),
    ...(plan.engine.oversize === 'truncate' ? ['engine.oversize: fragment'] : []),
  ];
  return ways.join('; or ');
}
