/**
 * Takes the pictures of docs/console.md: `npm run console:pictures -- [ROUTE …]`. They show the console of the lab, with
 * its traffic, some of them dark too.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { launchChromium } from '../lab/chromium.js';
import { type ConsoleLab, startConsoleLab } from '../lab/console.js';
import { buildTopology } from '../lab/topology.js';
import { repackPng } from './console/repack-png.js';

const FOLDER = fileURLToPath(new URL('../../docs/images/console/', import.meta.url));
/** Of all that is in the folder: the repository keeps each version of each picture. */
const MAXIMUM_BYTES = 2_000_000;
const VIEWPORT = { width: 1280, height: 800 };
const THEMES = ['light', 'dark'] as const;
/** The pictures that are taken in the dark too: each costs as much again. */
const DARK: readonly string[] = ['overview', 'session'];
/** Until rates and charts have something to show. */
const SETTLE_MS = 3000;
/** Until a line of one point a second is one. */
const LINES_MS = 20_000;

/** Names of pictures, and the routes that they show. */
const PICTURES: Readonly<Record<string, string>> = {
  overview: '#/',
  sessions: '#/mirror-sessions',
  'session-create': '#/mirror-sessions/create',
  session: '#/mirror-sessions/tms-http?tab=live',
  targets: '#/mirror-targets',
  'target-create': '#/mirror-targets/create',
  filters: '#/mirror-filters',
  'filter-create': '#/mirror-filters/create',
  filter: '#/mirror-filters/tmf-http?tab=inbound',
  packet: '#/packet?source=eni-web',
  metrics: '#/metrics?namespace=EC2&dimension=InstanceId',
  shares: '#/shares',
  invitations: '#/invitations',
};

/** What is done on a page before its picture is taken. */
const PREPARATIONS: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  metrics: async (page) => {
    for (const metric of ['NetworkPacketsMirrorIn', 'NetworkPacketsMirrorOut'])
      await page.getByRole('checkbox', { name: `Select eni-web ${metric}`, exact: true }).click();
    await page.evaluate('scrollTo(0, 0)');
  },
  // Its lines begin when the page is opened.
  session: () => sleep(LINES_MS),
  packet: async (page) => {
    const fields = {
      'Source address': '10.1.0.2',
      'Source port': '40000',
      'Destination address': '10.1.0.1',
    };
    for (const [label, text] of Object.entries({ ...fields, 'Destination port': '80' }))
      await page.getByLabel(label).fill(text);
    await page.getByRole('button', { name: 'Try packet' }).click();
    await page.getByRole('radio', { name: 'Select packet 1' }).click();
    await page.getByRole('table', { name: 'Summary' }).evaluate('(table) => table.scrollIntoView()');
    await page.mouse.wheel(0, -HEADING_HEIGHT);
  },
};
/** Pixels of what stands over a table: its heading, and the top navigation, which stays while the page scrolls. */
const HEADING_HEIGHT = 140;

if (process.getuid?.() !== 0) {
  console.error('npm run console:pictures builds network namespaces: run it as root');
  process.exit(3);
}
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => PICTURES[name] === undefined);
if (unknown.length > 0) {
  console.error(`no such picture: ${unknown.join(', ')}; there are ${Object.keys(PICTURES).join(', ')}`);
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), 'traffic-mirror-pictures-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const topology = buildTopology();
try {
  const lab = await startConsoleLab(topology, directory);
  await Promise.race([takePictures(lab), lab.failed]);
} finally {
  topology.namespaces.close();
}
const bytes = readdirSync(FOLDER).reduce((sum, name) => sum + statSync(join(FOLDER, name)).size, 0);
console.log(`${readdirSync(FOLDER).length} pictures, ${bytes} bytes`);
if (bytes > MAXIMUM_BYTES) console.error(`more than ${MAXIMUM_BYTES} bytes`);
// The traffic of the lab would go on.
process.exit(bytes > MAXIMUM_BYTES ? 1 : 0);

async function takePictures({ key, hostPort }: ConsoleLab): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const browser = await launchChromium(topology.host, directory);
  for (const colorScheme of THEMES) {
    const context = await browser.newContext({
      colorScheme,
      viewport: VIEWPORT,
      reducedMotion: 'reduce',
      locale: 'en-US',
    });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${hostPort}/console/`);
    if (colorScheme === 'light') await takePicture(page, 'sign-in-light');
    await page.getByLabel('Access key ID').fill(key.accessKeyId);
    await page.getByLabel('Secret access key').fill(key.secretAccessKey);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('navigation', { name: 'Side navigation' }).waitFor();
    for (const [name, route] of Object.entries(PICTURES)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      if (colorScheme === 'dark' && !DARK.includes(name)) continue;
      // Another hash is no other page: the key stays.
      await page.goto(`http://127.0.0.1:${hostPort}/console/${route}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await PREPARATIONS[name]?.(page);
      await sleep(SETTLE_MS);
      await takePicture(page, `${name}-${colorScheme}`);
    }
    await context.close();
  }
  await browser.close();
}

async function takePicture(page: Page, name: string): Promise<void> {
  const taken = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  writeFileSync(join(FOLDER, `${name}.png`), repackPng(taken));
}
