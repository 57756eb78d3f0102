/** The IR as text, for `explain`: a rule reads `ipv4 tcp 10.0.0.0/8 port 1024-65535 > 0.0.0.0/0 port 80`. */
import type { Effect, Entry, Match, PortRange, Prefix, Program } from './ir.js';
import type { Removal, Simplified } from './simplify.js';
import { UNMATCHED } from './verdict.js';

const PROTOCOL_NAMES: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' };

/** Lines: the stages in the order they are tried, each entry with its tests, then what simplify dropped. */
export function renderIr({ program, removals }: Simplified): string {
  return [...renderProgram(program), ...renderRemovals(removals)].join('\n');
}

/** `10.0.0.0/8`, `2001:db8::/32`. */
export function renderPrefix({ words, length }: Prefix): string {
  const address = words.length === 1 ? renderIpv4(words[0]!) : renderIpv6(words);
  return `${address}/${length}`;
}

function renderProgram(program: Program): string[] {
  return [
    `arp: ${renderEffect(program.arpVerdict)}`,
    ...program.stages.flatMap((stage) => [`${stage.label}:`, ...stage.entries.map(renderEntry)]),
    `otherwise: ${renderEffect(UNMATCHED)}`,
  ];
}

function renderEntry(entry: Entry): string {
  return `  ${entry.label}: ${renderMatch(entry.match)} => ${renderEffect(entry.effect)}`;
}

function renderEffect(effect: Effect): string {
  if (effect === 'next-stage') return 'reject: next session';
  if (effect >= 0) return `match, outcome ${effect}`;
  return effect === UNMATCHED ? 'unmatched' : 'unmirrored';
}

function renderRemovals(removals: readonly Removal[]): string[] {
  if (removals.length === 0) return [];
  return ['left out:', ...removals.map((one) => `  ${one.stage}, ${one.entry}: ${one.reason}`)];
}

/** One line. A rule with any range of ports shows both ranges: it matches only frames whose ports are known. */
function renderMatch(match: Match): string {
  const { needsPorts, source, destination, sourcePorts, destinationPorts } = match;
  const from = renderSide(source, needsPorts, sourcePorts);
  const to = renderSide(destination, needsPorts, destinationPorts);
  return `ipv${match.family} ${renderProtocol(match.protocol)} ${from} > ${to}`;
}

function renderProtocol(protocol: number | 'any'): string {
  if (protocol === 'any') return 'any';
  return PROTOCOL_NAMES[protocol] ?? `protocol ${protocol}`;
}

function renderSide(prefix: Prefix, needsPorts: boolean, { from, to }: PortRange): string {
  const text = renderPrefix(prefix);
  if (!needsPorts) return text;
  return from === to ? `${text} port ${from}` : `${text} port ${from}-${to}`;
}

function renderIpv4(word: number): string {
  return [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join('.');
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
function renderIpv6(words: readonly number[]): string {
  const text = words.flatMap((word) => [word >>> 16, word & 0xffff]).map((group) => group.toString(16));
  const runs = text.join(':').match(/\b0(?::0)+\b/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return text.join(':');
  const zeros = new RegExp(`(^|:)${longest}(:|$)`);
  return text.join(':').replace(zeros, '::');
}
