/** Network load balancers: several receivers behind one target. */
import type { UnderlayAddress } from './address.js';

/** How it is found out that a receiver is alive; names as in Elastic Load Balancing's target groups. */
interface HealthCheck {
  /** TCP: a connection can be made. HTTP: a GET is answered with status 200 to 399. */
  readonly protocol: 'TCP' | 'HTTP';
  readonly port: number;
  /** Of HTTP. */
  readonly path: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** Successes in a row until an address takes flows again. */
  readonly healthyThresholdCount: number;
  /** Failures in a row until it takes none. */
  readonly unhealthyThresholdCount: number;
}

/** The flow hash of a frame picks one of its addresses. */
export interface NetworkLoadBalancer {
  readonly networkLoadBalancerArn: string;
  /** At least one, each once. */
  readonly targets: readonly UnderlayAddress[];
  readonly healthCheck?: HealthCheck;
}
