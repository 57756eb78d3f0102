/** Sinks that put the outer packets together in memory, one per address and form of the headers. */
import type { Counters } from '../counters/counters.js';
import { buildOuterHeader, outerSource } from '../encapsulate/build-outer-header.js';
import { longestInnerLength } from '../encapsulate/outer-header.js';
import { MemorySink, type PacketListener } from '../io/memory.js';
import type { CopyOptions, SourcePlan } from '../plan/mirror-plan.js';
import { isIpv6Text } from '../wire/address.js';
import type { SinkOf } from './session-target.js';

/** Source addresses where none is configured: addresses for documentation (RFC 5737, RFC 3849). */
const PLACEHOLDER_SOURCE_4 = '192.0.2.1';
const PLACEHOLDER_SOURCE_6 = '2001:db8::1';

/**
 * @param options `oversize` decides on the don't-fragment bit; there is no path MTU.
 * @param onPacket takes every outer packet, from its IP header.
 */
export function memorySinks(
  source: SourcePlan,
  options: CopyOptions,
  counters: Counters,
  onPacket: PacketListener,
): SinkOf {
  const sinks = new Map<string, MemorySink>();
  return (target, encapsulation) => {
    const address = outerSource(source.address, target) ?? placeholderSource(target);
    const key = `${target} ${encapsulation.name} ${encapsulation.overhead}`;
    const known = sinks.get(key);
    if (known !== undefined) return known;
    const header = buildOuterHeader(encapsulation, address, target, options);
    const sink = new MemorySink(counters, onPacket, header, longestInnerLength(encapsulation, target));
    sinks.set(key, sink);
    return sink;
  };
}

function placeholderSource(target: string): string {
  return isIpv6Text(target) ? PLACEHOLDER_SOURCE_6 : PLACEHOLDER_SOURCE_4;
}
