/** The devices of the sources: there, up, Ethernet, connected; and what npm cap makes of their offloads. */

import { encapsulationOf } from '../encapsulate/encapsulations.js';
import { innerLengthWithin } from '../encapsulate/outer-header.js';
import type { SourcePlan } from '../plan/mirror-plan.js';
import { didYouMean } from './edit-distance.js';
import type { Facts, SourceFacts } from './facts.js';
import { type Finding, finding } from './finding.js';
import { deliveriesOf } from './plan-view.js';
import { shellWord } from './shell-word.js';

/** Names of devices that a finding lists. */
const MOST_LISTED = 8;
/** Namespaces that it names. */
const MOST_NAMED = 4;
/** The longest frame that offloads hand over, with its Ethernet header. */
const LONGEST_SUPER_FRAME = 65535 + 14;

/**
 * Reports `namespace-missing`, `device-missing`, `device-not-ethernet`, `device-down`, `device-no-carrier`, and on libpcap
 * I/O `offloads-cut` and `offloads-on`.
 */
export function checkDevices(facts: Facts): Finding[] {
  return facts.plan.sources.flatMap((source) => {
    const known = facts.sources.get(source.id);
    if (known === undefined) return [];
    const found = deviceFinding(facts, source, known);
    return found === undefined ? checkOffloads(facts, source, known) : [found];
  });
}

function deviceFinding(facts: Facts, source: SourcePlan, known: SourceFacts): Finding | undefined {
  const { id, device: name } = source;
  const { place, device } = known;
  const where = place.netns === undefined ? '' : ` in ${place.netns}`;
  const { prefix } = place;
  if (place.problem !== undefined) {
    // What this process may not look into is no fault of the configuration.
    if (place.netns === undefined || place.isForbidden) return undefined;
    return finding('error', 'namespace-missing', id, place.problem, namespaceRemedy(place.netns, id));
  }
  if (device === undefined) {
    const text = `device ${name} does not exist${where}${elsewhereText(known)}`;
    return finding('error', 'device-missing', id, text, missingRemedy(facts, source, known));
  }
  if (!device.ethernet) {
    const text = `frames of device ${name}${where} have no Ethernet header, so it is not captured`;
    const remedy = `${prefix}ip -d link show dev ${shellWord(name)} # name the Ethernet device under it: networkInterfaces, device`;
    return finding('error', 'device-not-ethernet', id, text, remedy);
  }
  if (!device.up) {
    const remedy = `${prefix}ip link set dev ${shellWord(name)} up`;
    return finding('error', 'device-down', id, `device ${name}${where} is down`, remedy);
  }
  if (!device.carrier) {
    const text = `device ${name}${where} has no carrier: nothing passes it`;
    const remedy = `${prefix}ip link show dev ${shellWord(name)} # connect its cable, or set the other end of its pair up`;
    return finding('warning', 'device-no-carrier', id, text, remedy);
  }
  return undefined;
}

function namespaceRemedy(netns: string, sourceId: string): string {
  const name = /^\/(?:var\/)?run\/netns\/([^/]+)$/.exec(netns)?.[1];
  const make = name === undefined ? 'make it' : `ip netns add ${shellWord(name)}`;
  return `networkInterfaces ${shellWord(sourceId)}: netns: the path of a namespace (ip netns list), or ${make}`;
}

function elsewhereText({ elsewhere, place }: SourceFacts): string {
  if (elsewhere.length > 0) {
    const names = elsewhere.map((path) => (path === '' ? "the daemon's own namespace" : path));
    const more = names.length > MOST_NAMED ? [`${names.length - MOST_NAMED} more`] : [];
    return `, but in ${[...names.slice(0, MOST_NAMED), ...more].join(' and ')}`;
  }
  if (place.netns !== undefined || place.devices.length === 0) return '';
  const names = place.devices.map(({ name }) => name);
  const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '';
  return `; there are ${names.slice(0, MOST_LISTED).join(', ')}${more}`;
}

function missingRemedy(facts: Facts, source: SourcePlan, { place, elsewhere }: SourceFacts): string {
  const { id, device } = source;
  const name = shellWord(id);
  const declared = facts.resources?.networkInterfaces ?? [];
  const isDeclared = declared.some(({ networkInterfaceId }) => networkInterfaceId === id);
  const [other] = elsewhere;
  if (other === '')
    return `networkInterfaces ${name}: take netns away, or name the namespace that the device is in`;
  if (other !== undefined) {
    return isDeclared
      ? `networkInterfaces ${name}: netns: ${shellWord(other)} # needs CAP_SYS_ADMIN; or start traffic-mirror in that namespace`
      : `networkInterfaces: - { networkInterfaceId: ${name}, device: ${shellWord(device)}, netns: ${shellWord(other)} } # needs CAP_SYS_ADMIN`;
  }
  const meantDevice = didYouMean(
    device,
    place.devices.map(({ name }) => name),
  );
  const meantId = isDeclared
    ? undefined
    : didYouMean(
        id,
        declared.map(({ networkInterfaceId }) => networkInterfaceId),
      );
  if (meantId !== undefined)
    return `did you mean ${shellWord(meantId)}? networkInterfaceId: ${shellWord(meantId)}`;
  if (meantDevice !== undefined) {
    const key = isDeclared ? `networkInterfaces ${name}: device` : 'networkInterfaceId';
    return `did you mean ${shellWord(meantDevice)}? ${key}: ${shellWord(meantDevice)}`;
  }
  return `${place.prefix}ip link show # name one of these: device of ${name}; or make it: its sessions wait for it`;
}

/** Frames that the host's offloads put together are mirrored as they are on libpcap I/O, and cut. */
function checkOffloads(facts: Facts, source: SourcePlan, { offloads, place }: SourceFacts): Finding[] {
  if (facts.io !== 'libpcap' || offloads === undefined || offloads.length === 0) return [];
  const switches = offloads.map((name) => `${name} off`).join(' ');
  const remedy = `${place.prefix}ethtool -K ${shellWord(source.device)} ${switches} # or engine.io: ring, which takes them apart`;
  const what = `offloads of ${source.device} (${offloads.join(', ')}) put frames together, which libpcap I/O mirrors as they are`;
  const isCut = deliveriesOf({ sources: [source] }).some(({ address, session, encapsulation }) => {
    const mtu = facts.ways.get(address)?.mtu ?? 0;
    const room = innerLengthWithin(encapsulationOf(encapsulation), address, mtu);
    return mtu > 0 && Math.min(session.packetLength ?? LONGEST_SUPER_FRAME, LONGEST_SUPER_FRAME) > room;
  });
  return isCut && facts.plan.engine.oversize === 'truncate'
    ? [finding('error', 'offloads-cut', source.id, `${what}, cut to the path MTU`, remedy)]
    : [finding('hint', 'offloads-on', source.id, what, remedy)];
}
