/** Property: with any zones, a flow goes to one address, in its zone where cross-zone is off, and moves only when it must. */
import fc from 'fast-check';
import t from 'tap';
import { avoidAddresses } from '../../src/mirror/session-target.js';
import { parseUnderlayAddress, type UnderlayAddress } from '../../src/resources/address.js';
import { addressesFor } from '../../src/resources/load-balancing.js';
import type { NetworkLoadBalancer } from '../../src/resources/traffic-mirror-target.js';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { udp } from '../fixtures/frames/transport.js';
import { frameOf, mirroringOf } from '../fixtures/mirror/mirroring.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

const FLOWS = 40;
const RUNS = 60;

const zoneArbitrary = fc.constantFrom(undefined, 'a', 'b', 'c');

const balancerArbitrary = fc.record({
  zones: fc.array(zoneArbitrary, { minLength: 1, maxLength: 9 }),
  crossZone: fc.constantFrom(undefined, true, false),
  source: zoneArbitrary,
  dead: fc.array(fc.nat(8), { maxLength: 6 }),
  seed: fc.nat(200),
});

function addressOf(index: number): UnderlayAddress {
  const parsed = parseUnderlayAddress(`10.9.0.${2 + index}`);
  if (!parsed.ok) throw new Error(parsed.text);
  return parsed.value;
}

/** The two directions of a flow. */
function framesOf(flow: number, seed: number): Uint8Array[] {
  const client = { address: `10.${seed}.0.${1 + flow}`, port: 1024 + 17 * flow };
  const there = { source: client.address, destination: '192.0.2.80' };
  const back = { source: there.destination, destination: there.source };
  return [
    frame(ethernet(), ipv4(there), udp({ sourcePort: client.port, destinationPort: 53 })),
    frame(ethernet(), ipv4(back), udp({ sourcePort: 53, destinationPort: client.port })),
  ];
}

/** For each flow the addresses that its frames went to. */
function flowsTo(addresses: readonly string[], dead: ReadonlySet<string>, seed: number): string[][] {
  const plan = sourcePlan([{ rules: [{}] }]);
  const sessions = plan.sessions.map((session) => ({ ...session, targetAddresses: addresses }));
  const { mirror, sinks } = mirroringOf({ ...plan, sessions });
  for (const target of mirror.targets) avoidAddresses(target, dead);
  return Array.from({ length: FLOWS }, (_, flow) => {
    const before = new Map([...sinks].map(([address, { sent }]) => [address, sent.length]));
    for (const bytes of framesOf(flow, seed)) mirror.consume(frameOf(bytes));
    return [...sinks].flatMap(([address, { sent }]) =>
      sent.slice(before.get(address) ?? 0).map(() => address),
    );
  });
}

t.test('the same flow, the same address, in the zone', async (t) => {
  fc.assert(
    fc.property(balancerArbitrary, ({ zones, crossZone, source, dead, seed }) => {
      const loadBalancer: NetworkLoadBalancer = {
        networkLoadBalancerArn: 'nlb-ids',
        targets: zones.map((availabilityZone, index) => ({
          address: addressOf(index),
          ...(availabilityZone !== undefined && { availabilityZone }),
        })),
        ...(crossZone !== undefined && { crossZone }),
      };
      const inZone = zones.flatMap((zone, index) =>
        crossZone === false && zone !== source ? [] : [addressOf(index)],
      );
      const addresses = addressesFor(loadBalancer, source);
      t.strictSame(addresses, inZone);
      if (addresses.length === 0) return;
      const lost = new Set<string>(dead.map(addressOf));
      const before = flowsTo(addresses, new Set(), seed);
      const after = flowsTo(addresses, lost, seed);
      const areAllLost = addresses.every((address) => lost.has(address));
      for (const [flow, places] of after.entries()) {
        const [place = ''] = places;
        if (places.length !== 2 || new Set(places).size !== 1) throw new Error(`flow ${flow}: ${places}`);
        if (!(addresses as readonly string[]).includes(place)) throw new Error(`${place} is of another zone`);
        if (areAllLost || !lost.has(before[flow]?.[0] ?? '')) {
          if (place !== before[flow]?.[0]) throw new Error(`flow ${flow} moved without need`);
        } else if (lost.has(place)) throw new Error(`flow ${flow} goes to ${place}, which is dead`);
      }
    }),
    { numRuns: RUNS },
  );
});
