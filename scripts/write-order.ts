/** Writes docs/order.md from test/fixtures/order.json: `node dist/scripts/write-order.js`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type OrderRow, renderOrderPage } from './order/order-page.js';

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url);

const rows = JSON.parse(readFileSync(at('test/fixtures/order.json'), 'utf8')) as OrderRow[];
writeFileSync(at('docs/order.md'), renderOrderPage(rows));
