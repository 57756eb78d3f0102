/** Describes the machine for reports. */
import { cpus, release } from 'node:os';

/** The machine on which figures are taken, in words: processors, kernel and Node.js. */
export function describeMachine(): string {
  const processors = cpus();
  return `${processors.length} × ${processors[0]?.model.trim()}, Linux ${release()}, Node.js ${process.version}`;
}
