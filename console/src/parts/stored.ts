/** What the browser keeps of how the console looks: never what signs requests. */

const PREFIX = 'traffic-mirror.';

/** What was kept under a name; undefined when there is nothing, or the browser keeps nothing. */
export function readStored<T>(name: string): T | undefined {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

/** Keeps a value under a name, if the browser lets it. */
export function store(name: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing shows the defaults again.
  }
}
