/** The protocols that AWS clients speak, told from each other by the head of a request. */
import type { SignedRequest } from '../authentication/signed-request.js';
import type { ServiceName } from '../service.js';

/**
 * ec2: EC2 Query. query: AWS Query. json: AWS JSON 1.0. rest-json: a path per operation. cbor: Smithy RPC v2.
 */
export type Protocol = 'ec2' | 'query' | 'json' | 'rest-json' | 'cbor';

/** What the clients of each service speak. */
export const PROTOCOLS: Readonly<Record<ServiceName, readonly Protocol[]>> = {
  ec2: ['ec2'],
  monitoring: ['query', 'json', 'cbor'],
  ram: ['rest-json'],
};

/** @param service of the signature, as far as it is known; it tells the two Query protocols from each other */
export function protocolOf({ path, headers }: SignedRequest, service: ServiceName | undefined): Protocol {
  if (headers.get('smithy-protocol') === 'rpc-v2-cbor') return 'cbor';
  if (headers.has('x-amz-target')) return 'json';
  if (path !== '/') return 'rest-json';
  return service === 'monitoring' ? 'query' : 'ec2';
}
