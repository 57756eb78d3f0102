/** What the figures were taken on. */
import { cpus, release } from 'node:os';

export function machine(): string {
  const processors = cpus();
  return `${processors.length} × ${processors[0]?.model.trim()}, Linux ${release()}, Node.js ${process.version}`;
}
