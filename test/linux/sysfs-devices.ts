/** Devices as /sys shows them, where it is of this namespace; the others are in test/live/io/lane-condition.ts. */
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import t from 'tap';
import { devicesInSysfs, linkInSysfs, mtuOfIpv6 } from '../../src/linux/sysfs-devices.js';

const skip = (!existsSync('/sys/class/net/lo') || !networkInterfaces().lo) && 'lo is not here, or not up';

t.test('loopback', { skip }, async (t) => {
  const mtu = Number(readFileSync('/sys/class/net/lo/mtu', 'utf8'));
  t.match(linkInSysfs('lo'), { link: { index: 1, name: 'lo', ethernet: true, up: true, mtu } });
  t.strictSame(devicesInSysfs().withAddress('127.0.0.1'), {
    name: 'lo',
    mtu,
    mtuIpv6: mtuOfIpv6('lo'),
    up: true,
  });
});

t.test('a device that is not there', { skip }, async (t) => {
  t.strictSame(linkInSysfs('nope0'), { link: undefined });
  t.equal(mtuOfIpv6('nope0'), undefined);
  t.equal(devicesInSysfs().named('nope0'), undefined);
  t.equal(devicesInSysfs().withAddress('192.0.2.1'), undefined);
});
