/** As many resources as an account may have: made through a client, shown, kept over a restart, and no more. */
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
import { startControlApi } from '../../fixtures/live/control-api.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import { buildStand } from '../../fixtures/live/stand.js';

const COUNT = 10_000;
const SESSIONS_PER_INTERFACE = 3;
const CALLS_AT_ONCE = 48;
const PAGE = 1000;
const PAGE_LIMIT_MS = 100;
const RESTART_LIMIT_MS = 5000;
const MEMORY_LIMIT_MEBIBYTES = 600;
/** The limits are for a machine that has nothing else to do. */
const PATIENCE = 3;

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

async function timePages(client: EC2Client): Promise<number[]> {
  const times: number[] = [];
  let NextToken: string | undefined;
  do {
    const started = performance.now();
    const page = await client.send(new DescribeTrafficMirrorSessionsCommand({ MaxResults: PAGE, NextToken }));
    times.push(performance.now() - started);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return times;
}

t.test(`${COUNT} of each`, { skip: skipUnless(), timeout: 230_000 }, async (t) => {
  const stand = buildStand(t);
  const interfaces = Math.ceil(COUNT / SESSIONS_PER_INTERFACE);
  const networkInterfaces = Array.from({ length: interfaces }, (_, index) => ({
    networkInterfaceId: `eni-${index}`,
    device: `absent${index}`,
  }));
  const networkLoadBalancers = [{ networkLoadBalancerArn: 'nlb-ids', targets: ['10.9.0.2'] }];
  const sections = {
    networkInterfaces,
    networkLoadBalancers,
    engine: { io: 'ring' },
  };
  const { client, daemon, configFile } = await startControlApi(t, stand, sections);
  const started = performance.now();
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
  t.comment(`${3 * COUNT} created in ${Math.round((performance.now() - started) / 1000)} s`);

  await t.rejects(createSession(COUNT), { name: 'TrafficMirrorSessionLimitExceeded' });
  const target = new CreateTrafficMirrorTargetCommand({ NetworkLoadBalancerArn: 'nlb-ids' });
  await t.rejects(client.send(target), { name: 'TrafficMirrorTargetLimitExceeded' });
  await t.rejects(client.send(new CreateTrafficMirrorFilterCommand({})), {
    name: 'TrafficMirrorFilterLimitExceeded',
  });

  const times = await timePages(client);
  t.equal(times.length, COUNT / PAGE);
  t.comment(`a page of ${PAGE} takes ${times.map(Math.round).join(', ')} ms, the client's part included`);
  t.ok(Math.min(...times) < PAGE_LIMIT_MS * PATIENCE, 'pages come fast');
  const memory = memoryMebibytes((await daemon.status()).pid);
  t.comment(`${memory} MiB resident`);
  t.ok(memory < MEMORY_LIMIT_MEBIBYTES, 'memory');
  t.equal(await daemon.stop(), 0, 'exit code');

  const restarted = performance.now();
  const again = await startDaemon(stand.host, configFile, stand.directory);
  const shown = async (command: DescribeTrafficMirrorTargetsCommand): Promise<boolean> =>
    client.send(command).then(
      ({ TrafficMirrorTargets }) => TrafficMirrorTargets?.length === PAGE,
      () => false,
    );
  while (!(await shown(new DescribeTrafficMirrorTargetsCommand({ MaxResults: PAGE }))));
  const restartMs = performance.now() - restarted;
  t.comment(
    `answers ${Math.round(restartMs)} ms after its start, ${memoryMebibytes((await again.status()).pid)} MiB`,
  );
  t.ok(restartMs < RESTART_LIMIT_MS * PATIENCE, 'starts fast');
  t.equal((await timePages(client)).length, COUNT / PAGE, 'every session is there');
  const byId = new DescribeTrafficMirrorFiltersCommand({
    TrafficMirrorFilterIds: [filters[COUNT - 1] ?? ''],
  });
  t.equal((await client.send(byId)).TrafficMirrorFilters?.length, 1);
  t.equal(await again.stop(), 0, 'exit code');
});
