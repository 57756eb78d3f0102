import t from 'tap';
import type { UnderlayAddress } from '../../src/resources/address.js';
import type { DeviceName, NamespacePath } from '../../src/resources/device.js';
import { interfaceResolver, type NetworkInterface } from '../../src/resources/network-interface.js';

const web: NetworkInterface = { networkInterfaceId: 'eni-web', device: 'veth0' as DeviceName };

const ids: NetworkInterface = { networkInterfaceId: 'eni-ids', address: '10.9.0.2' as UnderlayAddress };

const literal: NetworkInterface = { networkInterfaceId: '10.9.0.9', device: 'veth9' as DeviceName };

const remote: NetworkInterface = {
  networkInterfaceId: 'eni-remote',
  device: 'eth9' as DeviceName,
  netns: '/run/netns/web' as NamespacePath,
};

const resolve = interfaceResolver([web, ids, literal, remote]);

t.equal(resolve('eni-web'), web, 'declared');
t.equal(resolve('veth0'), web, 'the device of a declared interface');
t.equal(resolve('10.9.0.9'), literal, 'declared under what looks like an address');
t.strictSame(resolve('veth7'), { networkInterfaceId: 'veth7', device: 'veth7' }, 'a local device');
t.strictSame(
  resolve('eth9'),
  { networkInterfaceId: 'eth9', device: 'eth9' },
  'a local device, though a declared one in another namespace has its name',
);
t.strictSame(resolve('10.9.0.7'), { networkInterfaceId: '10.9.0.7', address: '10.9.0.7' }, 'an address');
t.strictSame(resolve('FD00::2'), { networkInterfaceId: 'FD00::2', address: 'fd00::2' }, 'an IPv6 address');
t.equal(resolve('eni-0123456789abcdef0'), undefined, 'neither an address nor a device');
