/**
 * Writes the manual page from the commands' own definitions: `node dist/scripts/write-man-page.js [FILE]`, to standard
 * output without a file.
 */
import { writeFileSync } from 'node:fs';
import { renderManPage } from '../src/cli/man-page.js';
import { buildProgram } from '../src/cli/program.js';

const STANDARD_OUTPUT = 1;

writeFileSync(process.argv[2] ?? STANDARD_OUTPUT, renderManPage(buildProgram()));
