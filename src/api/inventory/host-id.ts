/** The host, as the ids of its networks are made of it. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** machine-id(5): stays as it is over restarts, also when the host gets another name. */
const MACHINE_ID = '/etc/machine-id';

const FORM = /^[0-9a-f]{32}$/;

/**
 * What identifies this host: its machine id, or its name where it has none. A machine id is not to be told to others;
 * the ids that are made of it are hashes.
 */
export function hostId(file: string = MACHINE_ID): string {
  try {
    const id = readFileSync(file, 'utf8').trim();
    if (FORM.test(id)) return id;
  } catch {
    // Containers have none.
  }
  return hostname();
}
