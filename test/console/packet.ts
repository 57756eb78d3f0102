/** The packet tester in the browser: what it says is what the command says, and nothing is uploaded. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import type { Explanation } from '../../src/explain/explanation.js';
import { type ConsoleStand, skipConsole, startConsole } from '../fixtures/console/console-stand.js';
import { seriousFindings } from '../fixtures/console/look.js';
import { ADMIN, WITHOUT_STATUS } from '../fixtures/console/users.js';
import { ipv4, ipv6 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { arp, ethernet, vlan } from '../fixtures/frames/link.js';
import { tcp, udp } from '../fixtures/frames/transport.js';
import { trafficMirrorBeside } from '../fixtures/live/daemon/command.js';
import { writePcap } from '../fixtures/live/oracle/pcap.js';

const ANY = { sourceCidrBlock: '0.0.0.0/0', destinationCidrBlock: '0.0.0.0/0' };

const RESOURCES = {
  trafficMirrorTargets: [{ trafficMirrorTargetId: 'tmt-ids', networkInterfaceId: 'eni-ids' }],
  trafficMirrorFilters: [
    {
      trafficMirrorFilterId: 'tmf-web',
      networkServices: ['amazon-dns'],
      ingressFilterRules: [
        {
          ruleNumber: 10,
          ruleAction: 'reject',
          protocol: 6,
          sourceCidrBlock: '10.9.0.0/16',
          destinationCidrBlock: '0.0.0.0/0',
        },
        {
          ruleNumber: 20,
          ruleAction: 'accept',
          protocol: 6,
          destinationPortRange: { fromPort: 80, toPort: 80 },
          ...ANY,
        },
      ],
      egressFilterRules: [{ ruleNumber: 10, ruleAction: 'accept', protocol: 17, ...ANY }],
    },
    {
      trafficMirrorFilterId: 'tmf-udp',
      ingressFilterRules: [{ ruleNumber: 10, ruleAction: 'accept', protocol: 17, ...ANY }],
      egressFilterRules: [],
    },
  ],
  trafficMirrorSessions: [
    {
      trafficMirrorSessionId: 'tms-web',
      networkInterfaceId: 'eni-web',
      trafficMirrorTargetId: 'tmt-ids',
      trafficMirrorFilterId: 'tmf-web',
      sessionNumber: 1,
      virtualNetworkId: 101,
    },
    {
      trafficMirrorSessionId: 'tms-udp',
      networkInterfaceId: 'eni-web',
      trafficMirrorTargetId: 'tmt-ids',
      trafficMirrorFilterId: 'tmf-udp',
      sessionNumber: 2,
      virtualNetworkId: 102,
      packetLength: 64,
    },
  ],
};

const WEB = frame(ethernet(), ipv4(), tcp({ destinationPort: 80 }));
const NAMES = frame(ethernet(), ipv4(), udp({ sourcePort: 40_000, destinationPort: 53 }), payload(100));
const FRAMES = [
  WEB,
  frame(ethernet(), arp()),
  NAMES,
  frame(ethernet(), ipv6(), tcp({ destinationPort: 80 })),
  frame(ethernet(), vlan(), ipv4(), tcp({ destinationPort: 443 })),
  new Uint8Array(9),
];

/** What the command says of a file. */
async function explained(stand: ConsoleStand, file: string, ...options: string[]): Promise<Explanation[]> {
  const { configFile } = stand;
  const args = ['explain', '--config', configFile, '--source', 'eni-web', '--in', file, '--json', ...options];
  const { stdout } = await trafficMirrorBeside(args);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Explanation);
}

/** The row of the list that belongs to an explanation: verdict, session, rule and copy. */
function rowOf({ verdict, copy, length }: Explanation): string[] {
  const isMatched = verdict.kind === 'matched';
  const by = isMatched ? ('ruleId' in verdict.by ? verdict.by.ruleId : verdict.by.service) : '–';
  const kept = copy?.frameLength ?? 0;
  return [
    isMatched ? 'Mirrored' : 'Not mirrored',
    isMatched ? verdict.session.sessionId : '–',
    by,
    copy === undefined ? '–' : kept < length ? `${kept} of ${length} bytes` : `${kept} bytes`,
  ];
}

/** The rows of the page that is shown. */
async function shownRows(page: Page): Promise<string[][]> {
  const rows = page.getByRole('table', { name: 'Packets' }).locator('tbody tr');
  return rows.evaluateAll((all) =>
    all.map((row) =>
      [...row.children].slice(3, 7).map((cell) => (cell.textContent ?? '').split(':')[0]!.trim()),
    ),
  );
}

async function drop(page: Page, file: string): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(file);
}

async function tested(page: Page, packets: number): Promise<void> {
  await page.getByText(`${packets.toLocaleString('en')} packets tested`, { exact: true }).waitFor();
}

async function choose(page: Page, label: RegExp, option: string): Promise<void> {
  await page.getByRole('button', { name: label }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

t.test('packets', { skip: skipConsole }, async (t) => {
  const stand = await startConsole(t, RESOURCES);
  const directory = t.testdir({});
  const file = join(directory, 'mixed.pcap');
  writePcap(file, FRAMES);

  await t.test('a capture on a source', async (t: Test) => {
    const page = await stand.open(t, ADMIN, '#/packet?source=eni-web');
    const sent: string[] = [];
    await page.getByText('Against source eni-web').waitFor();
    page.on('request', (request) => sent.push(`${request.method()} ${request.url()}`));
    await drop(page, file);
    await tested(page, FRAMES.length);
    await page
      .getByRole('table', { name: 'Packets' })
      .locator('tbody tr')
      .nth(FRAMES.length - 1)
      .waitFor();
    const wanted = await explained(stand, file);
    t.equal(wanted.length, FRAMES.length);
    t.strictSame(await shownRows(page), wanted.map(rowOf));
    t.strictSame(
      sent.filter((line) => !/^GET .*\/console\/assets\/worker-.*\.js$/.test(line)),
      [],
      'nothing is uploaded',
    );
    t.strictSame(await seriousFindings(page), []);

    await choose(page, /^Direction Inbound/, 'Outbound');
    await page
      .getByRole('row', { name: /tmf-web\/egress\/10/ })
      .first()
      .waitFor();
    t.strictSame(
      await shownRows(page),
      (await explained(stand, file, '--direction', 'egress')).map(rowOf),
      'outbound',
    );
  });

  await t.test('what a target sees of a packet', async (t: Test) => {
    const page = await stand.open(t, ADMIN, '#/packet?session=tms-udp');
    await page.getByText('Against source eni-web').waitFor();
    await drop(page, file);
    await tested(page, FRAMES.length);
    await page.getByRole('radio', { name: 'Select packet 3' }).click();
    const details = page.getByRole('region', { name: 'Packet 3', exact: true });
    await details.getByText(/^IP .* > 10\.9\.0\.2\.4789: UDP/).waitFor();
    await details.getByText(/truncated to PacketLength 64/).waitFor();
    t.match(
      await details.getByRole('region', { name: 'Outer packet of packet 3' }).textContent(),
      /^0000 {2}45 20/,
    );
    await page.getByRole('radio', { name: 'Select packet 2' }).click();
    await page.getByText('Nothing: no copy is sent.').waitFor();
    t.strictSame(await seriousFindings(page), []);
  });

  await t.test('a packet that is typed, on a filter', async (t: Test) => {
    const page = await stand.open(t, ADMIN, '#/packet');
    await page.getByText('Choose a source or a filter').click();
    await page.getByRole('option', { name: /Filter tmf-web/ }).click();
    await page.getByLabel('Source address').fill('10.9.0.7');
    await page.getByLabel('Source port').fill('40000');
    await page.getByLabel('Destination address').fill('10.1.0.1');
    await page.getByLabel('Destination port').fill('8o');
    await page.getByRole('button', { name: 'Try packet' }).click();
    await page.getByText('"8o" is no port from 0 to 65535').waitFor();
    await page.getByLabel('Destination port').fill('80');
    await page.getByRole('button', { name: 'Try packet' }).click();
    await page.getByText('0 of 1 packets are mirrored.').waitFor();
    await page.getByLabel('Source address').fill('10.8.0.7');
    await page.getByLabel('Source address').press('Enter');
    await page.getByText('1 of 1 packets are mirrored.').waitFor();
    const summary = page.getByRole('table', { name: 'Summary' }).locator('tbody');
    t.match(await summary.textContent(), /^Mirrored.*tmf-web\/ingress\/20/);
  });

  await t.test('without the right to ask the service', async (t: Test) => {
    const page = await stand.open(t, WITHOUT_STATUS, '#/packet?source=eni-web');
    await page.getByText(/the defaults of the configuration are taken/).waitFor();
    await drop(page, file);
    await tested(page, FRAMES.length);
    await page
      .getByRole('table', { name: 'Packets' })
      .locator('tbody tr')
      .nth(FRAMES.length - 1)
      .waitFor();
    t.strictSame(await shownRows(page), (await explained(stand, file)).map(rowOf));
  });

  await t.test('a long capture, compressed', async (t: Test) => {
    const long = join(directory, 'long.pcap');
    const half = Array<Uint8Array>(50_000).fill(WEB);
    writePcap(long, [...half, ...Array<Uint8Array>(50_001).fill(NAMES)]);
    writeFileSync(`${long}.gz`, gzipSync(readFileSync(long), { level: 1 }));
    const page = await stand.open(t, ADMIN, '#/packet?source=eni-web');
    await page.getByText('Against source eni-web').waitFor();
    await drop(page, `${long}.gz`);
    await page.getByText('100,000 packets tested', { exact: true }).waitFor({ timeout: 60_000 });
    await page.getByText('The capture has more packets than are tested here.').waitFor();
    await page.getByRole('button', { name: /Page 2000 of all pages/ }).click();
    await page.getByRole('rowheader', { name: '100000', exact: true }).waitFor();
    t.equal((await shownRows(page)).length, 50, 'one page of rows is in the document');
    await choose(page, /^Show/, 'Mirrored');
    await page.getByRole('heading', { name: /Packets \(100,000\)/ }).waitFor();
    t.equal(await page.getByRole('rowheader').filter({ hasText: /^1$/ }).count(), 1, 'the first page again');
  });

  await t.test('hostile files', async (t: Test) => {
    const page = await stand.open(t, ADMIN, '#/packet?source=eni-web');
    await page.getByText('Against source eni-web').waitFor();
    const whole = readFileSync(file);
    const lying = Buffer.from(whole);
    lying.writeUInt32LE(0xffffffff, 24 + 8);
    const rows: { name: string; bytes: Uint8Array; want: RegExp }[] = [
      { name: 'text.pcap', bytes: Buffer.from('GET / HTTP/1.1'), want: /^not a capture file/ },
      { name: 'cut.pcap', bytes: whole.subarray(0, -5), want: /^the file ends after/ },
      { name: 'lying.pcap', bytes: lying, want: /^a record of 4294967295 bytes/ },
      { name: 'cut.pcap.gz', bytes: gzipSync(whole).subarray(0, -30), want: /^gzip: / },
    ];
    for (const { name, bytes, want } of rows) {
      const hostile = join(directory, name);
      writeFileSync(hostile, bytes);
      await drop(page, hostile);
      await page.getByText(want).waitFor();
      t.pass(name);
    }
    const bomb = join(directory, 'bomb.pcap.gz');
    const record = Buffer.alloc(262_144 + 16);
    record.writeUInt32LE(262_144, 8);
    record.writeUInt32LE(262_144, 12);
    const blown = [whole.subarray(0, 24), ...Array<Buffer>(600).fill(record)];
    writeFileSync(bomb, gzipSync(Buffer.concat(blown), { level: 1 }));
    await drop(page, bomb);
    // 64 MiB hold so many whole records.
    await tested(page, 255);
    await page.getByText('The capture has more packets than are tested here.').waitFor();
  });
});
