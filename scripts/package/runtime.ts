/** The Node.js that the package brings along: the one that this runs in. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PackageError, run } from './command.js';

/** How the licence that comes with Node.js begins; it holds those of the libraries inside of it too. */
const LICENSE_BEGINS = 'Node.js is licensed for use as follows';

export interface Runtime {
  /** Without the `v`. */
  readonly version: string;
  readonly path: string;
  /** Its licence, and those of everything that is linked into it. */
  readonly license: string;
  /**
   * Until the daemon's first line of code runs, node opens its inspector for a SIGUSR1. This flag forbids it, or where
   * node does not know that flag, names an address that no machine has.
   */
  readonly noInspector: string;
}

/** @throws PackageError when it cannot be brought along. */
export function findRuntime(): Runtime {
  const path = realpathSync(process.execPath);
  if (isSplit()) {
    throw new PackageError(
      `${path} is linked against libraries of this distribution, so it does not run elsewhere; ` +
        'build with the Node.js of nodejs.org or NodeSource before it in PATH',
    );
  }
  return {
    version: process.versions.node,
    path,
    license: findLicense(path),
    noInspector: inspectorFlag(path),
  };
}

/** A distribution's own build has its parts in shared libraries and in /usr/share/nodejs. */
function isSplit(): boolean {
  const variables = process.config.variables as unknown as Readonly<Record<string, unknown>>;
  return Object.entries(variables).some(
    ([name, value]) => /^node_shared(_|$)/.test(name) && (value === true || value === 'true'),
  );
}

function findLicense(node: string): string {
  const places = [
    join(dirname(node), '../LICENSE'),
    join(dirname(node), 'LICENSE'),
    '/usr/share/doc/nodejs/LICENSE',
  ];
  for (const place of places.filter((file) => existsSync(file))) {
    const text = readFileSync(place, 'utf8');
    if (text.startsWith(LICENSE_BEGINS)) return text;
  }
  throw new PackageError(
    `the licence of Node.js is at none of ${places.join(', ')}; put its LICENSE beside ${node}`,
  );
}

function inspectorFlag(node: string): string {
  const flag = '--disable-sigusr1';
  try {
    run(node, [flag, '--eval', '0']);
    return flag;
  } catch {
    return '--inspect-port=240.0.0.1:1024';
  }
}
