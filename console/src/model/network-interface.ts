/** Network interfaces: what may be a source or a target. */
import type { Describe } from '../aws/ec2.js';
import { listAt, objectAt, textAt, type XmlObject } from '../aws/xml.js';
import { parseTags, type Tag } from './tags.js';

/** An interface as DescribeNetworkInterfaces shows it. */
export interface NetworkInterface {
  readonly networkInterfaceId: string;
  /** Free text; the daemon names the device here. */
  readonly description: string;
  /** `in-use` or `available`. */
  readonly status: string;
  readonly privateIpAddress?: string | undefined;
  readonly ipv6Addresses: readonly string[];
  readonly instanceId?: string | undefined;
  readonly subnetId?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly ownerId: string;
  readonly tags: readonly Tag[];
}

/** How interfaces are listed. */
export const NETWORK_INTERFACES: Describe<NetworkInterface> = {
  action: 'DescribeNetworkInterfaces',
  set: 'networkInterfaceSet',
  idParameter: 'NetworkInterfaceId',
  parse: parseNetworkInterface,
};

function parseNetworkInterface(item: XmlObject): NetworkInterface {
  const ipv6 = listAt(item, 'ipv6AddressesSet').map((one) => textAt(one, 'ipv6Address') ?? '');
  return {
    networkInterfaceId: textAt(item, 'networkInterfaceId') ?? '',
    description: textAt(item, 'description') ?? '',
    status: textAt(item, 'status') ?? '',
    privateIpAddress: textAt(item, 'privateIpAddress'),
    ipv6Addresses: ipv6.filter((address) => address !== ''),
    instanceId: textAt(objectAt(item, 'attachment'), 'instanceId'),
    subnetId: textAt(item, 'subnetId'),
    vpcId: textAt(item, 'vpcId'),
    ownerId: textAt(item, 'ownerId') ?? '',
    tags: parseTags(item),
  };
}

/** All addresses, IPv4 first. */
export function addressesOf({ privateIpAddress, ipv6Addresses }: NetworkInterface): string[] {
  return [...(privateIpAddress === undefined ? [] : [privateIpAddress]), ...ipv6Addresses];
}
