/** Elastic Load Balancing: the load balancers that may be targets. */
import type { Client } from './client.js';
import { callQuery } from './query.js';
import { listAt, objectAt, textAt } from './xml.js';

/** A load balancer. */
export interface LoadBalancer {
  readonly arn: string;
  readonly name: string;
  /** `network` or `gateway`. */
  readonly type: string;
}

/** All load balancers of the caller's account. @throws ApiError */
export async function listLoadBalancers(client: Client, signal?: AbortSignal): Promise<LoadBalancer[]> {
  const balancers: LoadBalancer[] = [];
  let Marker: string | undefined;
  do {
    const response = await callQuery(client, {
      service: 'elasticloadbalancing',
      version: '2015-12-01',
      action: 'DescribeLoadBalancers',
      parameters: { Marker },
      listPart: 'member',
      signal,
    });
    const result = objectAt(response, 'DescribeLoadBalancersResult');
    for (const one of listAt(result, 'LoadBalancers')) {
      const [arn, name, type] = ['LoadBalancerArn', 'LoadBalancerName', 'Type'].map(
        (key) => textAt(one, key) ?? '',
      );
      balancers.push({ arn: arn ?? '', name: name ?? '', type: type ?? '' });
    }
    Marker = textAt(result, 'NextMarker') || undefined;
  } while (Marker !== undefined);
  return balancers;
}
