/** What `status` says of the way by which copies leave that may go straight to the device. */
import type { Emission } from '../../targets/target-states.js';
import type { XdpDevice } from '../xdp/xdp-device.js';
import type { XdpUse } from '../xdp/xdp-sink.js';

/** With `emit: auto`, until a target's way is judged. */
export const NOT_JUDGED = 'whether copies may leave straight to the device is not known yet';
/** Of direct copies that have to be routed. */
export const NOT_RESOLVED = { emission: 'routed', emissionReason: 'its next hop is not resolved' } as const;

const SOME_OUTSIDE =
  'some rings are not in the memory that AF_XDP sends from, which engine.xdpMegabytes bounds: their copies leave by packet sockets';

/** How direct copies leave. @param device undefined: AF_XDP is not wanted. @param use how they left lately. */
export function directEmission(device: XdpDevice | undefined, use?: XdpUse): Omit<Emission, 'address'> {
  if (device?.sender === undefined)
    return { emission: 'packet-socket', emissionReason: device?.problem ?? '' };
  const { byXdp, outside } = use ?? { byXdp: 0, outside: 0 };
  return {
    emission: outside > byXdp ? 'packet-socket' : 'xdp',
    emissionReason: outside > 0 ? SOME_OUTSIDE : '',
  };
}
