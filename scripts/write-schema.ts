/** Writes config/schema.json from the code's own schema: `node dist/scripts/write-schema.js`. */
import { writeFileSync } from 'node:fs';
import { renderJsonSchema } from '../src/config/schema.js';

writeFileSync(new URL('../../config/schema.json', import.meta.url), renderJsonSchema());
