/**
 * The control API with as many resources as an account may have: `npm run bench:api`, or
 *
 *     node dist/bench/api/main.js [--count N] [--dry]
 *
 * Writes docs/benchmarks-api.md unless dry. Exit code 1: a goal was missed.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
} from '@aws-sdk/client-ec2';
import type { Daemon } from '../../lab/daemon.js';
import { describeMachine } from '../machine.js';
import { residentBytes } from '../processes.js';
import { ScaleStand } from './scale-stand.js';

const CALLS_AT_ONCE = 48;
const PAGE = 1000;
const RESTARTS = 5;
const RETRY_MS = 10;
const MEBIBYTE = 2 ** 20;

const { values } = parseArgs({
  options: { count: { type: 'string', default: '10000' }, dry: { type: 'boolean', default: false } },
});
const count = Number(values.count);
if (process.getuid?.() !== 0) {
  console.error('npm run bench:api builds a network namespace: run it as root');
  process.exit(3);
}

interface Row {
  readonly text: string;
  readonly figure: string;
  /** As text; absent: none is wanted. */
  readonly wanted?: string;
  readonly met?: boolean;
}

const stand = new ScaleStand(count);
const { client, loadBalancer } = stand;
const rows: Row[] = [];
try {
  let daemon = await stand.start();
  await firstPage();
  await create();
  rows.push(await refusals());
  rows.push(...(await pages()));
  rows.push(...(await memory(daemon)));
  const restarts: number[] = [];
  for (let restart = 0; restart < RESTARTS; restart++) {
    await daemon.stop();
    const started = performance.now();
    daemon = await stand.start();
    await firstPage();
    restarts.push(performance.now() - started);
  }
  rows.push(limit('from the start of the process to its first answer', restarts, 5000));
  await daemon.stop();
} finally {
  stand.close();
}
for (const { text, figure, wanted = '', met } of rows) {
  console.log(`${text.padEnd(60)}${figure.padEnd(34)}${wanted}${met === false ? ' MISSED' : ''}`);
}
if (!values.dry) writeFileSync('docs/benchmarks-api.md', renderPage());
if (rows.some(({ met }) => met === false)) process.exitCode = 1;

/** Waits for a daemon that is starting. */
async function firstPage(): Promise<void> {
  const command = new DescribeTrafficMirrorTargetsCommand({ MaxResults: PAGE });
  for (;;) {
    try {
      await client.send(command);
      return;
    } catch {
      await sleep(RETRY_MS);
    }
  }
}

async function create(): Promise<void> {
  const targets = await timed('targets', async () => {
    const { TrafficMirrorTarget } = await client.send(
      new CreateTrafficMirrorTargetCommand({ NetworkLoadBalancerArn: loadBalancer }),
    );
    return TrafficMirrorTarget?.TrafficMirrorTargetId;
  });
  const filters = await timed('filters', async () => {
    const { TrafficMirrorFilter } = await client.send(new CreateTrafficMirrorFilterCommand({}));
    return TrafficMirrorFilter?.TrafficMirrorFilterId;
  });
  await timed('sessions', (index) =>
    client.send(
      new CreateTrafficMirrorSessionCommand({
        ...stand.placeOf(index),
        TrafficMirrorTargetId: targets[index],
        TrafficMirrorFilterId: filters[index],
      }),
    ),
  );
}

/** Calls for every index, so many at once. @returns what they return, in order. */
async function timed<Result>(name: string, call: (index: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = new Array(count);
  const started = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results[index] = await call(index);
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work));
  const seconds = (performance.now() - started) / 1000;
  console.error(`${count} ${name} in ${seconds.toFixed(1)} s`);
  rows.push({ text: `${count} ${name} created`, figure: `${seconds.toFixed(1)} s` });
  return results;
}

async function refusals(): Promise<Row> {
  const target = new CreateTrafficMirrorTargetCommand({ NetworkLoadBalancerArn: loadBalancer });
  const outcomes = await Promise.allSettled([
    client.send(target),
    client.send(new CreateTrafficMirrorFilterCommand({})),
  ]);
  const names = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.name : 'created'));
  const met = names.every((name) => name.endsWith('LimitExceeded'));
  return { text: 'one more', figure: met ? 'refused' : names.join(', '), wanted: 'refused', met };
}

async function pages(): Promise<Row[]> {
  return [
    await timePages('targets', (page) => client.send(new DescribeTrafficMirrorTargetsCommand(page))),
    await timePages('filters', (page) => client.send(new DescribeTrafficMirrorFiltersCommand(page))),
    await timePages('sessions', (page) => client.send(new DescribeTrafficMirrorSessionsCommand(page))),
  ];
}

interface PageRequest {
  readonly MaxResults: number;
  readonly NextToken: string | undefined;
}

async function timePages(
  name: string,
  describe: (page: PageRequest) => Promise<{ NextToken?: string | undefined }>,
): Promise<Row> {
  const times: number[] = [];
  let NextToken: string | undefined;
  do {
    const started = performance.now();
    ({ NextToken } = await describe({ MaxResults: PAGE, NextToken }));
    times.push(performance.now() - started);
  } while (NextToken !== undefined);
  return limit(`a page of ${PAGE} ${name}, with the client's part`, times, 100);
}

async function memory(daemon: Daemon): Promise<Row[]> {
  const { pid, engines } = await daemon.status();
  const mebibytes = (process: number) => `${Math.round(residentBytes(process) / MEBIBYTE)} MiB`;
  return [
    { text: 'resident, daemon', figure: mebibytes(pid) },
    { text: 'resident, engine', figure: mebibytes(engines[0]?.pid ?? pid) },
  ];
}

function limit(text: string, times: readonly number[], mostMs: number): Row {
  const sorted = times.toSorted((a, b) => a - b);
  const [median = 0, most = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return {
    text,
    figure: `${median.toFixed(0)} ms, at most ${most.toFixed(0)} ms`,
    wanted: `under ${mostMs} ms`,
    met: most < mostMs,
  };
}

function renderPage(): string {
  return [
    '# Benchmarks of the control API',
    '',
    `Written by \`npm run bench:api\` on ${new Date().toISOString().slice(0, 10)}: ${describeMachine()}.`,
    '',
    '| | measured | wanted |',
    '| --- | --- | --- |',
    ...rows.map(({ text, figure, wanted = '' }) => `| ${text} | ${figure} | ${wanted} |`),
    '',
  ].join('\n');
}
