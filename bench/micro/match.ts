/** Decoded -> verdict, through filters of 1 to 1,000 rules. */
import { compile } from '../../src/match/compile.js';
import { decodedMix } from './decoded-mix.js';
import type { Case } from './measure-case.js';
import { planWithRules } from './rules.js';

const RULE_COUNTS = [1, 10, 30, 1000];

export function matchCases(mix: readonly Uint8Array[]): Case[] {
  const frames = decodedMix(mix);
  return RULE_COUNTS.map((count) => {
    const { evaluate } = compile(planWithRules(count), 'ingress');
    const pass = (): number => {
      let sum = 0;
      for (let index = 0; index < frames.length; index++) sum = (sum + evaluate(frames[index])) | 0;
      return sum;
    };
    return { stage: 'match', name: count === 1 ? '1 rule' : `${count} rules`, frames: frames.length, pass };
  });
}
