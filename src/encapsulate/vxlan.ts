/** VXLAN over UDP (RFC 7348): the default encapsulation of copies. */
import { emitVxlan, isVxlan, VXLAN_HEADER_LENGTH, VXLAN_PORT } from '../wire/vxlan.js';
import { overUdp } from './encapsulation.js';

export const VXLAN = overUdp({
  name: 'vxlan',
  port: VXLAN_PORT,
  headerLength: VXLAN_HEADER_LENGTH,
  writeHeader: emitVxlan,
  lengthOf: (bytes, offset) => (isVxlan(bytes, offset) ? VXLAN_HEADER_LENGTH : -1),
});
