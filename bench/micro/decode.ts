/** Frame -> Decoded. */
import { decode } from '../../src/decode/decode.js';
import { Decoded } from '../../src/decode/decoded.js';
import type { Case } from './measure-case.js';

export function decodeCases(mix: readonly Uint8Array[]): Case[] {
  const decoded = new Decoded();
  const pass = (): number => {
    let sum = 0;
    for (let index = 0; index < mix.length; index++) {
      const bytes = mix[index];
      decode(bytes, 0, bytes.length, decoded);
      sum = (sum + decoded.kind + decoded.source0) | 0;
    }
    return sum;
  };
  return [{ stage: 'decode', name: 'the mix', frames: mix.length, pass }];
}
