/** Network interfaces: DescribeNetworkInterfaces shows the inventory of the configuration file. */
import type { NetworkInterface } from '../../resources/network-interface.js';
import type { Actions, Ec2Call } from './ec2-call.js';
import { type Fields, makePage, readFilters, readPageRequest } from './lists.js';
import type { Structure } from './response.js';

/** The type of ordinary interfaces in EC2. */
const INTERFACE_TYPE = 'interface';

const FIELDS: Fields<NetworkInterface> = {
  'network-interface-id': ({ networkInterfaceId }) => networkInterfaceId,
  description: describeDevice,
  status: statusOf,
  'interface-type': () => INTERFACE_TYPE,
  'private-ip-address': ({ address }) => (isIpv6(address) ? undefined : address),
  'addresses.private-ip-address': ({ address }) => (isIpv6(address) ? undefined : address),
  'ipv6-addresses.ipv6-address': ({ address }) => (isIpv6(address) ? address : undefined),
};

/** The actions of this file by name. */
export const NETWORK_INTERFACE_ACTIONS = {
  DescribeNetworkInterfaces: describeNetworkInterfaces,
} satisfies Actions;

async function describeNetworkInterfaces(call: Ec2Call): Promise<Structure> {
  const { parameters } = call;
  const { catalog } = call.context;
  const ids = parameters.texts('NetworkInterfaceId');
  const ownerOf = ({ ownerId }: NetworkInterface): string => ownerId ?? call.accountId;
  const fits = readFilters(parameters, { ...FIELDS, 'owner-id': ownerOf }, () => ({}));
  const page = readPageRequest(call);
  call.finish();
  call.allowAction();
  const visible = (): NetworkInterface[] =>
    catalog.networkInterfaces.filter((candidate) => call.seesInterface(candidate));
  const known = new Set(
    ids.length === 0 ? [] : visible().map(({ networkInterfaceId }) => networkInterfaceId),
  );
  for (const id of ids) if (!known.has(id)) throw call.noInterface(id);
  call.endDryRun();
  const wanted = new Set(ids);
  return makePage(call, page, {
    name: 'networkInterfaceSet',
    items: () => visible().map((item, index) => ({ item, position: [index] })),
    fits: (item) => (wanted.size === 0 || wanted.has(item.networkInterfaceId)) && fits(item),
    contentOf: (item) => content(item, ownerOf(item)),
  });
}

/** The description of an interface: free text in EC2, the device here. */
function describeDevice({ device }: NetworkInterface): string {
  return device === undefined ? 'receiver' : `device ${device}`;
}

/** The status of an interface. One with a device is attached to this host. */
function statusOf({ device }: NetworkInterface): string {
  return device === undefined ? 'available' : 'in-use';
}

function content(networkInterface: NetworkInterface, ownerId: string): Structure {
  const { networkInterfaceId, address } = networkInterface;
  const ipv4 = isIpv6(address) ? undefined : address;
  return {
    networkInterfaceId,
    description: describeDevice(networkInterface),
    ownerId,
    status: statusOf(networkInterface),
    privateIpAddress: ipv4,
    sourceDestCheck: true,
    groupSet: [],
    tagSet: [],
    privateIpAddressesSet: ipv4 === undefined ? [] : [{ privateIpAddress: ipv4, primary: true }],
    ipv6AddressesSet: address !== undefined && isIpv6(address) ? [{ ipv6Address: address }] : [],
    interfaceType: INTERFACE_TYPE,
  };
}

function isIpv6(address: string | undefined): boolean {
  return address?.includes(':') ?? false;
}
