/** Whether a lane captures, and what is known of its device. */
import type { Link } from '../linux/link-table.js';

/** waiting: the device is missing or down, or the engine is; it goes on as soon as it can. */
export const LANE_STATES = ['waiting', 'capturing'] as const;

type LaneState = (typeof LANE_STATES)[number];

export interface LaneCondition {
  readonly state: LaneState;
  /** Why it waits; empty when it captures. */
  readonly reason: string;
  /** The device is connected. Without it there is no traffic, which is no fault of the lane. */
  readonly carrier: boolean;
  /** MTU of the device in bytes; 0 while there is none. */
  readonly mtu: number;
}

/** @param problem why nothing can be captured now; undefined: it can. */
export function conditionOf(link: Link | undefined, problem: string | undefined): LaneCondition {
  return {
    state: problem === undefined ? 'capturing' : 'waiting',
    reason: problem ?? '',
    carrier: link?.carrier ?? false,
    mtu: link?.mtu ?? 0,
  };
}

/** The condition while nothing is known of the device. */
export function waiting(reason: string): LaneCondition {
  return conditionOf(undefined, reason);
}

export function sameCondition(a: LaneCondition, b: LaneCondition): boolean {
  return a.state === b.state && a.reason === b.reason && a.carrier === b.carrier && a.mtu === b.mtu;
}

/** The reason of a lane of which the device, or its namespace, is not there: behind the worker that says so. */
const ABSENCE = /^(?:worker \d+: )?(?:device|network namespace) .* does not exist(?: in .*)?$/s;

/** True for the reason of a lane that waits for a device, or a network namespace, which does not exist. */
export function isAbsence(reason: string): boolean {
  return ABSENCE.test(reason);
}

/**
 * @param netns path of the namespace in which the device was looked for; undefined: the engine's own.
 * @returns why it cannot be captured from now, or undefined.
 */
export function linkProblem(
  device: string,
  netns: string | undefined,
  link: Link | undefined,
): string | undefined {
  const place = netns === undefined ? '' : ` in ${netns}`;
  if (link === undefined) return `device ${device} does not exist${place}`;
  if (!link.ethernet) return `device ${device}${place} is not Ethernet`;
  return link.up ? undefined : `device ${device} is down${place}`;
}
