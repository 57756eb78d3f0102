/** Where the state is. */
import { join } from 'node:path';

/** In the state directory. */
export function stateFileIn(directory: string): string {
  return join(directory, 'api-state.jsonl');
}
