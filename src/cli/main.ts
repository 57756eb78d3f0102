#!/usr/bin/env node
/**
 * The command `traffic-mirror`: says so when Node.js is too old, and else starts the command line.
 *
 * Node.js from 12.17 on must be able to parse this file: it imports nothing statically, and its syntax is of 2020.
 */

/** Major and minor version. The same stands in `engines` of package.json. */
const OLDEST_NODE = [20, 10];
/** EXIT_WRONG_USAGE of command-error.ts, which is not loaded yet. */
const WRONG_USAGE = 2;
/** EXIT_INTERNAL_ERROR. */
const INTERNAL_ERROR = 70;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  const found = `this is ${process.versions.node}, ${process.execPath}`;
  process.stderr.write(`traffic-mirror: needs Node.js ${OLDEST_NODE.join('.')} or later; ${found}\n`);
  process.exit(WRONG_USAGE);
}

// Before anything else: Node.js opens its inspector for SIGUSR1, to anyone who can connect to 127.0.0.1, and SIGUSR2
// ends a process. Both are sent by mistake now and then, for example by a log rotation rule of another program.
for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {});

import('./command-line.js')
  .then(({ runCommandLine }) => runCommandLine())
  .catch((error: Error) => {
    process.stderr.write(`traffic-mirror: cannot be loaded: ${error.message}\n`);
    process.exit(INTERNAL_ERROR);
  });
