/** All attacks, in the order of the table. */
import type { Attack } from './attack.js';
import { AUTHORIZATION } from './authorization.js';
import { BROKEN_HTTP } from './broken-http.js';
import { CONCURRENT_CALLS } from './concurrent-calls.js';
import { DAMAGE } from './damage.js';
import { ENGINE_RIGHTS } from './engine-rights.js';
import { FLOODS } from './floods.js';
import { HOSTILE_FRAMES } from './hostile-frames.js';
import { HOSTILE_TEXTS } from './hostile-texts.js';
import { SIGNALS } from './signals.js';
import { SIGNATURES } from './signatures.js';
import { STARTS } from './starts.js';
import { TEXTS, TOKENS } from './texts.js';
import { WILDCARDS } from './wildcards.js';

export const ATTACKS: readonly Attack[] = [
  SIGNATURES,
  AUTHORIZATION,
  CONCURRENT_CALLS,
  WILDCARDS,
  TEXTS,
  TOKENS,
  ...FLOODS,
  BROKEN_HTTP,
  HOSTILE_TEXTS,
  HOSTILE_FRAMES,
  SIGNALS,
  ENGINE_RIGHTS,
  STARTS,
  DAMAGE,
];
