/** The configuration of the lab: config/lab.yaml with the directory of a run, and what else the run needs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';

/**
 * Writes it. The path is seen from dist/lab/.
 * @param directory of the run; the daemon's state too. @param sections to be added, as the configuration has them
 * @returns its file
 */
export function labConfiguration(directory: string, sections: object = {}): string {
  const document = parseDocument(readFileSync(new URL('../../config/lab.yaml', import.meta.url), 'utf8'));
  document.setIn(['state', 'directory'], directory);
  for (const [name, section] of Object.entries(sections)) document.set(name, section);
  const file = join(directory, 'lab.yaml');
  writeFileSync(file, String(document), { mode: 0o600 });
  return file;
}
