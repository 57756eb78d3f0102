/** The mix after decode: what match and encapsulate are given. */
import { decode } from '../../src/decode/decode.js';
import { Decoded } from '../../src/decode/decoded.js';

/** One object a frame, unlike in the data path, so that only the stage behind is measured. */
export function decodedMix(mix: readonly Uint8Array[]): Decoded[] {
  return mix.map((bytes) => {
    const decoded = new Decoded();
    decode(bytes, 0, bytes.length, decoded);
    return decoded;
  });
}
