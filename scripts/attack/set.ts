/** The set of attacks, in the order of the table. */
import type { Attack } from './attack.js';
import { SIGNATURES } from './signatures.js';

export const ATTACKS: readonly Attack[] = [SIGNATURES];
