/** Where the Debian package puts things, as paths of the machine that it is installed on. */

export const LAYOUT = {
  /** Program, node modules and runtime: nothing in it is configuration. */
  program: '/usr/lib/traffic-mirror',
  node: '/usr/lib/traffic-mirror/bin/node',
  main: '/usr/lib/traffic-mirror/dist/src/cli/main.js',
  command: '/usr/bin/traffic-mirror',
  configuration: '/etc/traffic-mirror/config.yaml',
  documents: '/usr/share/doc/traffic-mirror',
  /** Not /usr/lib: Debian 12 and its lintian still expect units here; where /lib is a link they are the same. */
  unit: '/lib/systemd/system/traffic-mirror.service',
  manualPages: '/usr/share/man/man1',
} as const;
