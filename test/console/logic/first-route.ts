/** What a browser has to load before it shows anything: it stays small, and nothing of it is in the page itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { skipWithoutBuild } from '../../fixtures/live/daemon/command.js';
import { fromRoot } from '../../fixtures/root.js';

/** Compressed by gzip, the longer of the two forms that are served. */
const SCRIPT_LIMIT_BYTES = 350_000;
const STYLE_LIMIT_BYTES = 100_000;

const BUILT = fromRoot('dist/console/www');

t.test('the first route', { skip: skipWithoutBuild }, async (t) => {
  const page = readFileSync(join(BUILT, 'index.html'), 'utf8');
  const scripts = withImports(addressesIn(page, /<(?:script|link)\b[^>]*\b(?:src|href)="([^"]+\.js)"/g));
  const styles = addressesIn(page, /<link\b[^>]*\bhref="([^"]+\.css)"/g);
  t.ok(scripts.length > 0 && styles.length > 0, `${scripts.length} scripts, ${styles.length} styles`);
  for (const [what, files, limit] of [
    ['scripts', scripts, SCRIPT_LIMIT_BYTES],
    ['styles', styles, STYLE_LIMIT_BYTES],
  ] as const) {
    const bytes = files.reduce((sum, file) => sum + gzipSync(contentOf(file), { level: 9 }).length, 0);
    t.ok(bytes < limit, `${bytes} bytes of ${what}`);
  }
  t.notMatch(page, /<script(?![^>]*\bsrc=)/, 'no script in the page');
  t.notMatch(page, /<style|\bstyle=|\son[a-z]+=/, 'no style and no handler in the page');
});

t.test('styles embed nothing', { skip: skipWithoutBuild }, async (t) => {
  const page = readFileSync(join(BUILT, 'index.html'), 'utf8');
  for (const file of addressesIn(page, /<link\b[^>]*\bhref="([^"]+\.css)"/g)) {
    t.notMatch(contentOf(file), /url\(\s*["']?(data:|https?:|\/\/)/, file);
  }
});

t.test('the licences of what is bundled', { skip: skipWithoutBuild }, async (t) => {
  const licenses = readFileSync(join(BUILT, 'LICENSES.txt'), 'utf8');
  for (const name of ['react', 'react-dom', '@cloudscape-design/components', 'traffic-mirror']) {
    t.match(licenses, new RegExp(`^${name}\\b`, 'm'), name);
  }
  t.match(licenses, /Apache License\s+Version 2\.0/);
  t.match(licenses, /Permission is hereby granted, free of charge/);
});

/** Files of the console that a text names, by their path in it. */
function addressesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, address = '']) => address.replace(/^\/console\//, ''));
}

/** With what they import at once, and what that imports. */
function withImports(files: readonly string[]): string[] {
  const found = new Set(files);
  for (const file of found) {
    for (const [, name = ''] of contentOf(file).matchAll(
      /(?:^|[;}])import[^(;]*?["']\.\/([^"']+\.js)["']/g,
    )) {
      found.add(`assets/${name}`);
    }
  }
  return [...found];
}

function contentOf(file: string): string {
  return readFileSync(join(BUILT, file), 'utf8');
}
