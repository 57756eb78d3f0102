/** Debian's chromium in a namespace, where it reaches nothing but what the namespace does. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import type { Namespace } from './namespaces.js';

const CHROMIUM = '/usr/bin/chromium';

/** @param directory of its files; the caller removes them. */
export async function launchChromium(namespace: Namespace, directory: string): Promise<Browser> {
  const wrapper = join(directory, 'chromium.sh');
  const command = `exec ip netns exec ${namespace.name} ${CHROMIUM} "$@"`;
  writeFileSync(wrapper, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  return chromium.launch({
    executablePath: wrapper,
    // It is root's here, whom its sandbox does not serve.
    chromiumSandbox: false,
    env: { ...process.env, HOME: directory, NODE_OPTIONS: '' },
    args: ['--disable-gpu', '--disable-dev-shm-usage'],
    // It ends with the namespace.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}
