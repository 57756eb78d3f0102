/** Network load balancers: several receivers behind one target. */
import type { IpAddress } from './address.js';

/** The flow hash of a frame picks one of its addresses. */
export interface NetworkLoadBalancer {
  readonly networkLoadBalancerArn: string;
  /** At least one, each once. */
  readonly targets: readonly IpAddress[];
}
