/** Set relations of boxes: what lets simplify drop an entry. */
import { type Match, type PortRange, type Prefix, prefixMask } from './ir.js';

/** Whether every frame in `inner` is in `outer`. */
export function covers(outer: Match, inner: Match): boolean {
  return (
    outer.family === inner.family &&
    (outer.protocol === 'any' || outer.protocol === inner.protocol) &&
    (!outer.needsPorts || inner.needsPorts) &&
    rangeCovers(outer.sourcePorts, inner.sourcePorts) &&
    rangeCovers(outer.destinationPorts, inner.destinationPorts) &&
    prefixCovers(outer.source, inner.source) &&
    prefixCovers(outer.destination, inner.destination)
  );
}

/** False only when no frame is in both: callers may take `true` for "perhaps". */
export function intersects(a: Match, b: Match): boolean {
  return (
    a.family === b.family &&
    (a.protocol === 'any' || b.protocol === 'any' || a.protocol === b.protocol) &&
    rangesOverlap(a.sourcePorts, b.sourcePorts) &&
    rangesOverlap(a.destinationPorts, b.destinationPorts) &&
    prefixesOverlap(a.source, b.source) &&
    prefixesOverlap(a.destination, b.destination)
  );
}

function rangeCovers(outer: PortRange, inner: PortRange): boolean {
  return outer.from <= inner.from && inner.to <= outer.to;
}

function rangesOverlap(a: PortRange, b: PortRange): boolean {
  return a.from <= b.to && b.from <= a.to;
}

function prefixCovers(outer: Prefix, inner: Prefix): boolean {
  return (
    outer.length <= inner.length &&
    outer.words.every((word, index) => ((inner.words[index]! ^ word) & prefixMask(outer.length, index)) === 0)
  );
}

/** Two prefixes are nested or disjoint. */
function prefixesOverlap(a: Prefix, b: Prefix): boolean {
  return prefixCovers(a, b) || prefixCovers(b, a);
}
