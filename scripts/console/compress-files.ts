/** Compresses the built files of the console, each beside itself, so that the daemon compresses nothing. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TEXTS = ['.html', '.js', '.css', '.svg', '.json', '.txt'];

/** Writes NAME.br and NAME.gz for each text in the directory and below, where that is shorter. */
export function compressFiles(directory: string): void {
  for (const name of readdirSync(directory, { recursive: true }) as string[]) {
    if (!TEXTS.includes(extname(name))) continue;
    const file = join(directory, name);
    const content = readFileSync(file);
    const forms = {
      br: brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }),
      gz: gzipSync(content, { level: 9 }),
    };
    for (const [ending, form] of Object.entries(forms)) {
      if (form.length < content.length) writeFileSync(`${file}.${ending}`, form);
    }
  }
}
