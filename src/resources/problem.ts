/** What a check across resources reports. */
import { show } from './parsed.js';

/** Keys and indices from the resource set's root: `['trafficMirrorSessions', 0, 'sessionNumber']`. */
export type ProblemPath = readonly (string | number)[];

/** Stable names: the control API maps each to an EC2 error code. */
export type ProblemCode =
  | 'bad-tag'
  | 'duplicate-address'
  | 'duplicate-device'
  | 'duplicate-id'
  | 'duplicate-rule-number'
  | 'duplicate-session-number'
  | 'interface-both-source-and-target'
  | 'load-balancer-packet-length'
  | 'missing-reference'
  | 'mixed-address-families'
  | 'no-address'
  | 'no-device'
  | 'not-exactly-one-target'
  | 'ports-without-protocol'
  | 'quota-exceeded'
  | 'reversed-range';

/** One thing that is wrong. */
export interface ResourceProblem {
  readonly path: ProblemPath;
  readonly code: ProblemCode;
  /** What is wrong and why, one line, without the path. */
  readonly text: string;
}

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** `trafficMirrorSessions[0].sessionNumber`; a key that is not plain stands in brackets and quotes. */
export function formatPath(path: ProblemPath): string {
  return path
    .map((step, depth) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!PLAIN_KEY.test(step)) return `[${show(step)}]`;
      return depth === 0 ? step : `.${step}`;
    })
    .join('');
}
