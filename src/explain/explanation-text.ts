/** An explanation as lines of text. */
import type { Copy } from './copies.js';
import type { Explanation } from './explanation.js';
import type { FieldsOfSide, FrameFields } from './frame-fields.js';
import { protocolText } from './protocol-text.js';
import type { WalkedSession } from './walk.js';

const INDENT = '  ';
const LABEL_WIDTH = 18;

/** Lines of one frame: what it is, each test in its order, the verdict, and the copy. */
export function explanationLines(explanation: Explanation): string[] {
  const { sourceId, device, direction, length, capturedLength, fields, walk } = explanation;
  const captured = capturedLength < length ? `, ${capturedLength} of them captured` : '';
  return [
    `${sourceId} (${device}) ${direction}, ${length} bytes${captured}`,
    labelled('packet', packetText(fields)),
    ...protocolZeroLines(fields),
    ...typeLines(walk, fields),
    ...serviceLines(walk),
    ...walk.sessions.flatMap(sessionLines),
    ...(walk.sessionsNotAsked.length > 0
      ? [labelled('not asked', `session ${walk.sessionsNotAsked.join(', ')}: decided before`)]
      : []),
    labelled('verdict', verdictText(explanation)),
    ...copyLines(explanation),
  ];
}

function labelled(label: string, text: string): string {
  return `${INDENT}${label.padEnd(LABEL_WIDTH)} ${text}`;
}

/** The packet as tcpdump would write it. */
function packetText({ kind, vlans, etherType, ip }: FrameFields): string {
  const tags = vlans.map((vlan) => `, vlan ${vlan}`).join('');
  if (ip === undefined) {
    const type =
      etherType === undefined ? '' : `, Ethernet type 0x${etherType.toString(16).padStart(4, '0')}`;
    return `${OTHER_KINDS[kind]}${type}${tags}`;
  }
  const { protocol, source, destination, fragment, echoIdentifier, hasExtensionHeaders } = ip;
  const notes = [
    ...(fragment === undefined ? [] : [`${fragment} fragment`]),
    ...(echoIdentifier === undefined ? [] : [`echo id ${echoIdentifier}`]),
    ...(hasExtensionHeaders ? ['behind extension headers'] : []),
  ];
  const sides = `${sideText(source)} > ${sideText(destination)}`;
  return `${kind}, protocol ${protocolText(protocol)}, ${[sides, ...notes].join(', ')}${tags}`;
}

const OTHER_KINDS: Readonly<Record<FrameFields['kind'], string>> = {
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  arp: 'arp',
  unparsable: 'unparsable: a header is cut off or malformed',
  other: 'neither IP nor ARP',
};

function sideText({ address, port }: FieldsOfSide): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** In packets of IPv6 the number 0 announces options, and the protocol stands behind them. */
function protocolZeroLines({ ip }: FrameFields): string[] {
  if (ip?.protocol !== 0) return [];
  return [labelled('', 'protocol 0 is the hop-by-hop options of IPv6; it does not stand for all protocols')];
}

function typeLines({ types }: Explanation['walk'], { kind, ip }: FrameFields): string[] {
  if (types.length === 0 && (ip !== undefined || kind === 'arp')) {
    return [labelled('never mirrored', 'no type of traffic is left out (engine.unmirroredTraffic)')];
  }
  if (types.length === 0) return [];
  const shown = types.map(({ type, matches }) => `${type} ${matches ? 'yes' : 'no'}`);
  return [labelled('never mirrored', shown.join(', '))];
}

function serviceLines({ service }: Explanation['walk']): string[] {
  if (service === undefined) return [];
  const { addresses, matches, sessionId } = service;
  const label = 'network services';
  if (!matches) return [labelled(label, `${service.service} no`)];
  const traffic = `${service.service} yes, port 53 of ${addresses.join(' or ')}`;
  const what =
    sessionId === undefined
      ? 'no session lists the service, so none mirrors it'
      : `session ${sessionId} lists the service and mirrors all of it, whatever its rules say`;
  return [labelled(label, `${traffic}: ${what}`)];
}

const RESULTS: Readonly<Record<WalkedSession['result'], string>> = {
  accept: 'accepts',
  reject: 'rejects: the next session is asked',
  'no-match': 'no rule matches: the next session is asked',
};

function sessionLines({ sessionId, sessionNumber, rules, result }: WalkedSession): string[] {
  const outcome =
    rules.length === 0 ? 'has no rule in this direction: the next session is asked' : RESULTS[result];
  return [
    labelled(`session ${sessionNumber}`, `${sessionId} ${outcome}`),
    ...rules.map(({ ruleNumber, ruleId, action, matches, why }) =>
      labelled(`${INDENT}rule ${ruleNumber}`, `${action}, ${matches ? 'matches' : `no: ${why}`} (${ruleId})`),
    ),
  ];
}

function verdictText({ verdict, walk }: Explanation): string {
  switch (verdict.kind) {
    case 'matched': {
      const { session, by } = verdict;
      const what = 'ruleId' in by ? `rule ${by.ruleId}` : `network service ${by.service}`;
      return `matched: session ${session.sessionNumber} ${session.sessionId}, ${what}`;
    }
    case 'unmirrored':
      return `not mirrored: ${verdict.type} never is (engine.unmirroredTraffic)`;
    case 'unparsable':
      return 'not mirrored: unparsable frames match no rule';
    case 'unmatched':
      return `not mirrored: ${walk.sessions.length === 0 ? 'no session is for it' : 'no session accepts it'}`;
  }
}

function copyLines(explanation: Explanation): string[] {
  const { verdict, copy, skipped } = explanation;
  if (verdict.kind !== 'matched') return [];
  if (skipped !== undefined) return [labelled('copy', `skipped: ${SKIPS.get(skipped) ?? skipped}`)];
  if (copy === undefined) return [];
  const { session } = verdict;
  const limits = (session.limits ?? []).map(({ name, bitsPerSecond }) => `${bitsPerSecond} bit/s (${name})`);
  return [
    labelled('copy', `${encapsulationText(copy)}, VNI ${session.virtualNetworkId}, to ${addressText(copy)}`),
    labelled('', `target ${session.targetId}, outer source port ${copy.sourcePort}${portText(copy)}`),
    labelled('', lengthText(explanation, copy)),
    labelled('', wayText(copy)),
    ...(limits.length > 0 ? [labelled('', `sent while below ${limits.join(' and ')}`)] : []),
  ];
}

/** Reasons of skips that no counter of a live system is needed for. */
const SKIPS: ReadonlyMap<string, string> = new Map([
  ['loop', 'it was caused by mirroring itself (a copy of copies, or an ICMP error about one)'],
]);

function encapsulationText({ encapsulation, encapsulationOptions }: Copy): string {
  return encapsulationOptions === undefined
    ? encapsulation
    : `${encapsulation} with ${encapsulationOptions.join(', ')}`;
}

function portText({ port }: Copy): string {
  return port === undefined ? '' : `, destination port ${port}`;
}

function addressText({ address, addresses }: Copy): string {
  if (addresses.length === 1) return address;
  return `${address}, by the flow hash out of ${addresses.join(', ')}`;
}

function lengthText({ length, verdict }: Explanation, copy: Copy): string {
  const packetLength = verdict.kind === 'matched' ? verdict.session.packetLength : undefined;
  const truncated =
    packetLength === undefined
      ? 'no PacketLength'
      : copy.isTruncated
        ? `truncated to PacketLength ${packetLength}`
        : `not truncated, PacketLength is ${packetLength}`;
  const kept = `${copy.frameLength} of ${length} bytes`;
  return `${kept}, ${truncated}; outer packet of ${copy.packetLength} bytes`;
}

function wayText({ way, isCut, isFragmented }: Copy): string {
  if (way === undefined) {
    const unknown = 'path MTU not known: no running daemon tells it';
    return isCut ? `cut: no IP packet is longer; ${unknown}` : unknown;
  }
  const { device, maximumInnerLength, state, reason } = way;
  if (device === '') return `no way to it: ${reason}`;
  const room = `by ${device}, which takes frames up to ${maximumInnerLength} bytes`;
  const cut = isCut ? `cut: ${room}` : isFragmented ? `sent in fragments: ${room}` : `not cut: ${room}`;
  return state === 'reachable' ? cut : `${cut}; the target is ${state}: ${reason}`;
}
