/** The access key in the storage of the tab, when the user says so. Never in one that outlives the tab. */
import type { Credentials } from '../aws/client.js';

const NAME = 'traffic-mirror.credentials';

/** The key of this tab. */
export function readKey(): Credentials | undefined {
  try {
    const text = sessionStorage.getItem(NAME);
    return text === null ? undefined : (JSON.parse(text) as Credentials);
  } catch {
    return undefined;
  }
}

/** Keeps a key until the tab is closed; undefined forgets it. */
export function keepKey(credentials: Credentials | undefined): void {
  try {
    if (credentials === undefined) sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, JSON.stringify(credentials));
  } catch {
    // A browser that keeps nothing asks again after a reload.
  }
}
