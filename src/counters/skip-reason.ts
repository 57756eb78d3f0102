/** Why a copy that was due was not sent. */

/** A new reason here = a line in docs/semantics.md and a test. */
export const SKIP_REASONS = [
  /** The socket's send buffer is full: the bounded backlog. */
  'backlog',
  /** The kernel had no memory, or a full queue, for the packet. */
  'buffers',
  /** No route to the target, or its egress interface is down. */
  'no-route',
  /** The target host answered that nothing listens on the port. */
  'refused',
  /** The host's firewall forbids the packet. */
  'permission',
  /** The next hop towards the target does not answer (ARP), so that the kernel would drop the packet silently. */
  'target-down',
  /** Longer than the path MTU although it was cut: the MTU fell a moment ago. */
  'oversize',
  /** The frame is a copy of a copy, sent back by another mirror, or an ICMP error about a copy. */
  'loop',
  /** Others need the link that the copy would have left by. */
  'priority',
  /** More than the configuration allows copies to take. */
  'rate',
  /** Any other error of the send. */
  'error',
] as const;

export type SkipReason = (typeof SKIP_REASONS)[number];

/** Index in SKIP_REASONS, which is what the data path counts by. */
export const SKIP_INDEX = Object.fromEntries(
  SKIP_REASONS.map((reason, index) => [reason, index]),
) as Readonly<Record<SkipReason, number>>;
