/** The set of attacks, in the order of the table. */
import type { Attack } from './attack.js';
import { FLOODS } from './floods.js';
import { SIGNATURES } from './signatures.js';
import { TEXTS, TOKENS } from './texts.js';
import { WILDCARDS } from './wildcards.js';

export const ATTACKS: readonly Attack[] = [SIGNATURES, WILDCARDS, TEXTS, TOKENS, ...FLOODS];
