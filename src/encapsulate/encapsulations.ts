/** Every encapsulation, by name, and what is asked of all of them: the ones that other mirrors use are not known. */
import type { Decoded } from '../decode/decoded.js';
import type { EncapsulationName } from '../plan/mirror-plan.js';
import type { Encapsulation } from './encapsulation.js';
import { VXLAN } from './vxlan.js';

const BY_NAME = { vxlan: VXLAN } satisfies Record<EncapsulationName, Encapsulation>;

export const ENCAPSULATIONS: readonly Encapsulation[] = Object.values(BY_NAME);

/** UDP ports, and IP protocols of those that are not over UDP. */
const PORTS = ENCAPSULATIONS.flatMap(({ port }) => port ?? []);
const PROTOCOLS = ENCAPSULATIONS.flatMap(({ port, protocol }) => (port === undefined ? protocol : []));

/** The encapsulation of a session. @param name undefined: VXLAN. */
export function encapsulationOf(name: EncapsulationName = 'vxlan'): Encapsulation {
  return BY_NAME[name];
}

/** True for the port or the protocol of an encapsulation: tells most frames apart from copies, in little time. */
export function mayBeCopy({ destinationPort, protocol }: Decoded): boolean {
  for (let index = 0; index < PORTS.length; index++) if (destinationPort === PORTS[index]) return true;
  for (let index = 0; index < PROTOCOLS.length; index++) if (protocol === PROTOCOLS[index]) return true;
  return false;
}

/** True for the outer headers of a copy such as ours. @param decoded of a packet, which may be cut behind them. */
export function isOwnCopy(decoded: Decoded): boolean {
  for (let index = 0; index < ENCAPSULATIONS.length; index++) {
    if (ENCAPSULATIONS[index].isOwnCopy(decoded)) return true;
  }
  return false;
}
