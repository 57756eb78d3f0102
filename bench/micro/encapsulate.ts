/** Decoded -> outer headers: the flow hash, and what is written in front of the frame. */
import { flowHash, flowSourcePort } from '../../src/encapsulate/flow-hash.js';
import { Ipv4OuterHeader } from '../../src/encapsulate/ipv4-outer-header.js';
import { TunnelHeader } from '../../src/encapsulate/tunnel-header.js';
import { VXLAN } from '../../src/encapsulate/vxlan.js';
import { addressSeed, chooseAddress } from '../../src/mirror/rendezvous.js';
import { decodedMix } from './decoded-mix.js';
import type { Case } from './measure-case.js';

const LOAD_BALANCER = ['192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5'];

export function encapsulateCases(mix: readonly Uint8Array[]): Case[] {
  const frames = decodedMix(mix);
  const lengths = mix.map(({ length }) => length);
  const header = new Ipv4OuterHeader(VXLAN, '192.0.2.1', '192.0.2.2', { oversize: 'truncate', dscp: 8 });
  const tunnel = new TunnelHeader(VXLAN, 42);
  const seeds = Int32Array.from(LOAD_BALANCER, addressSeed);
  const bytes = new Uint8Array(header.length);
  const words = new Int32Array(bytes.buffer, 0, bytes.length >>> 2);

  const whole = (): number => {
    for (let index = 0; index < frames.length; index++) {
      header.writeWords(words, 0, lengths[index], tunnel, flowSourcePort(flowHash(frames[index])));
    }
    return bytes[20];
  };
  const udpAndVxlan = (): number => {
    for (let index = 0; index < frames.length; index++) {
      tunnel.writeWords(words, 0, lengths[index], flowSourcePort(flowHash(frames[index])));
    }
    return words[0];
  };
  const choice = (): number => {
    let sum = 0;
    for (let index = 0; index < frames.length; index++) sum += chooseAddress(flowHash(frames[index]), seeds);
    return sum;
  };
  return [
    { stage: 'encapsulate', name: 'flow hash, all 36 bytes', frames: frames.length, pass: whole },
    { stage: 'encapsulate', name: 'flow hash, UDP and VXLAN', frames: frames.length, pass: udpAndVxlan },
    { stage: 'encapsulate', name: 'flow hash, choice of 4 addresses', frames: frames.length, pass: choice },
  ];
}
