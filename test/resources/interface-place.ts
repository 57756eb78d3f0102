/** Places of interfaces: what the file says, what others of the subnet and instance say, and defaults that stay. */
import t from 'tap';
import type { NamespacePath } from '../../src/resources/device.js';
import { type KnownPlace, placesOf, vpcOfNamespace } from '../../src/resources/interface-place.js';
import type { NetworkInterface } from '../../src/resources/network-interface.js';

const HOST = { host: '0123456789abcdef0123456789abcdef', region: 'eu-west-1' };
const netns = '/run/netns/web' as NamespacePath;

function places(interfaces: readonly NetworkInterface[], options = HOST): KnownPlace[] {
  return [...placesOf(interfaces, options).values()];
}

t.test('an interface without a place has one all the same', async (t) => {
  const [own, same, other] = places([
    { networkInterfaceId: 'eni-1' },
    { networkInterfaceId: 'eni-2' },
    { networkInterfaceId: 'eni-3', netns },
  ]);
  t.match(own, {
    vpcId: /^vpc-[0-9a-f]{17}$/,
    subnetId: /^subnet-[0-9a-f]{17}$/,
    availabilityZone: 'eu-west-1a',
    isVpcGiven: false,
    isSubnetGiven: false,
  });
  t.same(same, own, 'one network and subnet of a namespace');
  t.not(other?.vpcId, own?.vpcId, 'another namespace');
  t.not(other?.subnetId, own?.subnetId);
  t.same(places([{ networkInterfaceId: 'eni-9' }]), [own], 'the same after a restart');
  const [elsewhere] = places([{ networkInterfaceId: 'eni-1' }], { ...HOST, host: 'another' });
  t.not(elsewhere?.vpcId, own?.vpcId, 'another host');
  t.notOk(`${own?.vpcId}${own?.subnetId}`.includes(HOST.host.slice(0, 12)), 'the host is not told');
  t.equal(own?.vpcId, vpcOfNamespace(HOST.host, undefined));
});

t.test('what interfaces of a subnet and of an instance share stands at one of them', async (t) => {
  const [first, second, third] = places([
    { networkInterfaceId: 'eni-1', subnetId: 'subnet-1', instanceId: 'i-1', imageId: 'ami-1' },
    {
      networkInterfaceId: 'eni-2',
      subnetId: 'subnet-1',
      vpcId: 'vpc-1',
      availabilityZone: 'eu-west-1c',
      instanceId: 'i-1',
      instanceType: 'big',
    },
    { networkInterfaceId: 'eni-3', instanceId: 'i-1', autoScalingGroupName: 'web' },
  ]);
  const instance = {
    instanceId: 'i-1',
    instanceType: 'big',
    imageId: 'ami-1',
    autoScalingGroupName: 'web',
    availabilityZone: 'eu-west-1c',
  };
  t.match(first, { ...instance, vpcId: 'vpc-1', subnetId: 'subnet-1', isVpcGiven: true });
  t.match(second, first ?? {});
  t.match(third, { ...instance, isVpcGiven: false, isSubnetGiven: false }, 'in a network of its own');
});

t.test('a network has a subnet of its own in each zone', async (t) => {
  const [a, b, other] = places([
    { networkInterfaceId: 'eni-1', vpcId: 'vpc-1' },
    { networkInterfaceId: 'eni-2', vpcId: 'vpc-1', availabilityZone: 'eu-west-1b' },
    { networkInterfaceId: 'eni-3', vpcId: 'vpc-2' },
  ]);
  t.equal(new Set([a?.subnetId, b?.subnetId, other?.subnetId]).size, 3);
});
