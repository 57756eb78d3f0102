/**
 * A fanout group of at most two packet sockets on one device, by which one takes the other's place (packet(7),
 * PACKET_FANOUT). The kernel gives each frame to one socket of the group, the one that the group's program names, and
 * exchanges the program in one step: no frame is lost, and none comes twice.
 *
 *     [ old ]  ->  [ old <- all | new ]  ->  [ old | new <- all ]  ->  [ new ]
 *
 * When a socket leaves, the last one gets its number. A socket in a group cannot be bound to another device.
 */
import { RET_K } from '../wire/bpf-instruction.js';
import { withProgram } from './classic-bpf.js';
import { SOL_PACKET } from './constants.js';
import type { Libc } from './libc.js';
import { intValue } from './sockaddr.js';

const PACKET_FANOUT = 18;
const PACKET_FANOUT_DATA = 22;
const PACKET_FANOUT_CBPF = 6;
const PACKET_FANOUT_FLAG_UNIQUEID = 0x2000;
const ID_MASK = 0xffff;

export class FanoutGroup {
  readonly #libc: Libc;
  readonly #id: number;
  /** The socket that gets the frames. */
  #holder: number;

  /** A new group, with an id that no other of the network namespace has. @throws LinuxError */
  constructor(libc: Libc, descriptor: number) {
    this.#libc = libc;
    this.#holder = descriptor;
    this.#join(descriptor, (PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_UNIQUEID) << 16);
    const value = new Int32Array(1);
    libc.getOption('PACKET_FANOUT', descriptor, SOL_PACKET, PACKET_FANOUT, new Uint8Array(value.buffer));
    this.#id = value[0] & ID_MASK;
  }

  /** Puts a second socket, bound to the same device, into the group; it gets nothing yet. @throws LinuxError */
  add(descriptor: number): void {
    this.#giveAllTo(0);
    this.#join(descriptor, (PACKET_FANOUT_CBPF << 16) | this.#id);
  }

  /** Has every frame go to the second socket. Returns when none is on its way to the first. @throws LinuxError */
  handTo(descriptor: number): void {
    this.#giveAllTo(1);
    this.#holder = descriptor;
  }

  /** @param place of a socket; the kernel takes it modulo their number. */
  #giveAllTo(place: number): void {
    withProgram(this.#libc, [{ code: RET_K, jt: 0, jf: 0, k: place }], (header) => {
      this.#libc.setOption('PACKET_FANOUT_DATA', this.#holder, SOL_PACKET, PACKET_FANOUT_DATA, header);
    });
  }

  #join(descriptor: number, value: number): void {
    this.#libc.setOption('PACKET_FANOUT', descriptor, SOL_PACKET, PACKET_FANOUT, intValue(value));
  }
}
