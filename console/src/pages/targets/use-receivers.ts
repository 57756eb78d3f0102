/** What may receive copies, as suggestions of the field Target. A list that is refused suggests nothing. */
import { listLoadBalancers } from '../../aws/elb.js';
import { NETWORK_INTERFACES } from '../../model/network-interface.js';
import { interfaceSuggestions, loadBalancerSuggestions, type Suggestion } from '../../model/receivers.js';
import { SESSIONS } from '../../model/session.js';
import { TARGETS, type TargetType } from '../../model/target.js';
import { useDescribe } from '../../parts/use-listing.js';
import { useRead } from '../../parts/use-read.js';
import { useStatus } from '../../parts/use-status.js';

interface Receivers {
  readonly suggestions: readonly Suggestion[];
  readonly loading: boolean;
}

/** Reads the suggestions of a type. */
export function useReceivers(type: TargetType): Receivers {
  const isInterface = type === 'network-interface';
  const interfaces = useDescribe(NETWORK_INTERFACES, { enabled: isInterface });
  const targets = useDescribe(TARGETS, { enabled: isInterface });
  const sessions = useDescribe(SESSIONS, { enabled: isInterface });
  const balancers = useRead(listLoadBalancers, 'load balancers', {
    enabled: type === 'network-load-balancer',
  });
  const status = useStatus(['endpoints'], { enabled: type === 'gateway-load-balancer-endpoint' });
  switch (type) {
    case 'network-interface': {
      const uses = { targets: targets.items, sessions: sessions.items };
      return { suggestions: interfaceSuggestions(interfaces.items, uses), loading: interfaces.loading };
    }
    case 'network-load-balancer':
      return { suggestions: loadBalancerSuggestions(balancers.data ?? []), loading: balancers.loading };
    case 'gateway-load-balancer-endpoint':
      return {
        suggestions: (status.data?.endpoints ?? []).map((one) => ({
          value: one.gatewayLoadBalancerEndpointId,
          description: one.address,
        })),
        loading: status.loading,
      };
  }
}
