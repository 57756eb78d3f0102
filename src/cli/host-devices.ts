/** What the control API asks the kernel about devices. */
import type { ControlApiOptions } from '../api/api-options.js';
import { hasDevice } from '../linux/device-requests.js';
import { askDevices } from '../linux/device-state.js';
import type { Libc } from '../linux/libc.js';
import { linkInSysfs } from '../linux/sysfs-devices.js';

/** Whether the daemon's network namespace has a device, and what the kernel says of devices in any namespace. */
export type HostDevices = Pick<ControlApiOptions, 'hasDevice' | 'askDevices'>;

/** @param libc undefined without koffi: then nothing is known of devices but whether they are there */
export function hostDevices(libc: Libc | undefined): HostDevices {
  if (libc !== undefined) {
    return {
      hasDevice: (name) => hasDevice(libc, name),
      askDevices: (netns, names) => askDevices(libc, netns, names),
    };
  }
  return {
    hasDevice: (name) => {
      const found = linkInSysfs(name);
      return 'link' in found && found.link !== undefined;
    },
    askDevices: async (_netns, names) => names.map(() => 'unknown'),
  };
}
