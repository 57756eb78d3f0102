/** The configuration's JSON Schema, for editors. */
import { z } from 'zod';
import { configurationSchema } from './schema.js';

/** The text of `config/schema.json`: what a file may hold, draft 2020-12. */
export function renderJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(configurationSchema, { io: 'input' }), null, 2)}\n`;
}
