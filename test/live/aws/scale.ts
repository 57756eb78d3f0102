/**
 * As many resources as the quotas say: made through a client, shown page by page, kept over a restart, and no more. How
 * fast that is with as many as an account may have, `npm run bench:api` tells.
 */
import { readFileSync } from 'node:fs';
import {
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import t from 'tap';
import { startDaemon } from '../../../lab/daemon.js';
import { startControlApi } from '../../fixtures/live/daemon/control-api.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { waitFor } from '../../fixtures/live/daemon/waiting.js';
import { skipUnless } from '../../fixtures/live/requirements.js';

const COUNT = 1200;
const SESSIONS_PER_INTERFACE = 3;
const CALLS_AT_ONCE = 48;
const PAGE = 400;
const MEMORY_LIMIT_MEBIBYTES = 400;

/** Calls for every index, so many at once. @returns what they return, in order. */
async function forEach<Result>(count: number, call: (index: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = new Array(count);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results[index] = await call(index);
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, work));
  return results;
}

/** Resident, of the daemon. */
function memoryMebibytes(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kibibytes) / 1024);
}

/** The ids of all sessions, page by page. */
async function sessionIds(client: EC2Client): Promise<string[][]> {
  const pages: string[][] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new DescribeTrafficMirrorSessionsCommand({ MaxResults: PAGE, NextToken }));
    pages.push(
      page.TrafficMirrorSessions?.map(({ TrafficMirrorSessionId = '' }) => TrafficMirrorSessionId) ?? [],
    );
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return pages;
}

t.test(`${COUNT} of each`, { skip: skipUnless(), timeout: 150_000 }, async (t) => {
  const stand = buildStand(t);
  // With a place for one more than there may be.
  const interfaces = Math.ceil((COUNT + 1) / SESSIONS_PER_INTERFACE);
  const networkInterfaces = Array.from({ length: interfaces }, (_, index) => ({
    networkInterfaceId: `eni-${index}`,
    device: `absent${index}`,
  }));
  const networkLoadBalancers = [{ networkLoadBalancerArn: 'nlb-ids', targets: ['10.9.0.2'] }];
  const sections = {
    networkInterfaces,
    networkLoadBalancers,
    engine: { io: 'ring' },
    quotas: { targets: COUNT, filters: COUNT, sessions: COUNT },
  };
  const { client, daemon, configFile } = await startControlApi(t, stand, sections);
  const targets = await forEach(COUNT, async () => {
    const { TrafficMirrorTarget } = await client.send(
      new CreateTrafficMirrorTargetCommand({ NetworkLoadBalancerArn: 'nlb-ids' }),
    );
    return TrafficMirrorTarget?.TrafficMirrorTargetId ?? '';
  });
  const filters = await forEach(COUNT, async () => {
    const { TrafficMirrorFilter } = await client.send(new CreateTrafficMirrorFilterCommand({}));
    return TrafficMirrorFilter?.TrafficMirrorFilterId ?? '';
  });
  const createSession = (index: number) =>
    client.send(
      new CreateTrafficMirrorSessionCommand({
        NetworkInterfaceId: `eni-${index % interfaces}`,
        TrafficMirrorTargetId: targets[index % COUNT],
        TrafficMirrorFilterId: filters[index % COUNT],
        SessionNumber: 1 + Math.floor(index / interfaces),
      }),
    );
  await forEach(COUNT, createSession);

  await t.rejects(createSession(COUNT), { name: 'TrafficMirrorSessionLimitExceeded' });
  const target = new CreateTrafficMirrorTargetCommand({ NetworkLoadBalancerArn: 'nlb-ids' });
  await t.rejects(client.send(target), { name: 'TrafficMirrorTargetLimitExceeded' });
  await t.rejects(client.send(new CreateTrafficMirrorFilterCommand({})), {
    name: 'TrafficMirrorFilterLimitExceeded',
  });

  const pages = await sessionIds(client);
  t.same(
    pages.map(({ length }) => length),
    Array.from({ length: COUNT / PAGE }, () => PAGE),
    'full pages',
  );
  t.equal(new Set(pages.flat()).size, COUNT, 'each session once');
  const memory = memoryMebibytes((await daemon.status()).pid);
  t.comment(`${memory} MiB resident`);
  t.ok(memory < MEMORY_LIMIT_MEBIBYTES, 'memory');
  t.equal(await daemon.stop(), 0, 'exit code');

  const again = await startDaemon(stand.host, configFile, stand.directory);
  const shown = async (command: DescribeTrafficMirrorTargetsCommand): Promise<boolean> =>
    client.send(command).then(
      ({ TrafficMirrorTargets }) => TrafficMirrorTargets?.length === PAGE,
      () => false,
    );
  await waitFor(
    'the resources',
    () => shown(new DescribeTrafficMirrorTargetsCommand({ MaxResults: PAGE })),
    Boolean,
  );
  t.same(await sessionIds(client), pages, 'every session is there, in the same order');
  const byId = new DescribeTrafficMirrorFiltersCommand({
    TrafficMirrorFilterIds: [filters[COUNT - 1] ?? ''],
  });
  t.equal((await client.send(byId)).TrafficMirrorFilters?.length, 1);
  t.equal(await again.stop(), 0, 'exit code');
});
