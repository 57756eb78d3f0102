/** Why a datagram carries no frame that could be taken. */

/** docs/receivers.md explains each. */
export const REJECT_REASONS = [
  'short',
  'flags',
  'version',
  'options',
  'critical-option',
  'control',
  'not-ethernet',
  'inner-short',
] as const;

export type RejectReason = (typeof REJECT_REASONS)[number];

/** The index of each in `REJECT_REASONS`, for the hot loop. */
export const REJECT = {
  short: 0,
  flags: 1,
  version: 2,
  options: 3,
  'critical-option': 4,
  control: 5,
  'not-ethernet': 6,
  'inner-short': 7,
} as const satisfies Record<RejectReason, number>;
