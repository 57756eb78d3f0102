/** Metrics as clients read them, in each protocol. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  GetMetricStatisticsCommand,
  type GetMetricStatisticsCommandInput,
  ListMetricsCommand,
  paginateGetMetricData,
  paginateListMetrics,
} from '@aws-sdk/client-cloudwatch';
import t, { type Test } from 'tap';
import { authorize } from '../../../src/api/authorization/authorize.js';
import { MetricStore, MINUTE_MS } from '../../../src/api/monitoring/metric-store.js';
import { DIMENSIONS, METRIC_NAMES, seriesOf } from '../../../src/api/monitoring/metrics.js';
import { MonitoringService } from '../../../src/api/monitoring/monitoring-service.js';
import type { PolicyStatement } from '../../../src/api/service.js';
import { WorkQueue } from '../../../src/api/work-queue.js';
import { startServer } from '../../fixtures/api/echo-service.js';
import { CREDENTIALS, PRINCIPAL, REGION } from '../../fixtures/api/recorded-requests.js';
import { signHeaders } from '../../fixtures/api/signer.js';

const { accountId } = PRINCIPAL;
/** A whole hour ago or a little more, so that periods begin where they are expected. */
const HOUR_MS = 3_600_000;
const START_MS = Math.floor(Date.now() / HOUR_MS - 1) * HOUR_MS;
const at = (minute: number): Date => new Date(START_MS + minute * MINUTE_MS);

interface Setup {
  readonly client: CloudWatchClient;
  readonly store: MetricStore;
  readonly port: number | undefined;
}

/** Minutes 0 to 9 of eni-1 with counts 10, 20 … 100 in NetworkMirrorIn, minute 6 left out. */
async function setUp(t: Test, statements: readonly PolicyStatement[] = PRINCIPAL.statements): Promise<Setup> {
  const directory = mkdtempSync(join(tmpdir(), 'tm-monitoring-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const store = await MetricStore.open(directory, Date.now);
  for (let minute = 0; minute < 10; minute++) {
    if (minute === 6) continue;
    const values = METRIC_NAMES.map((_, index) => (index === 0 ? (minute + 1) * 10 : minute * 1000 + index));
    for (const sourceId of ['eni-1', undefined]) {
      await store.add({ accountId, sourceId }, START_MS / MINUTE_MS + minute, values);
    }
  }
  await store.add(
    { accountId: '444455556666', sourceId: 'eni-other' },
    START_MS / MINUTE_MS,
    METRIC_NAMES.map(() => 1),
  );
  const service = new MonitoringService({ store, work: new WorkQueue(), authorize, now: Date.now });
  const key = { ...CREDENTIALS, principal: { ...PRINCIPAL, statements } };
  const accessKeys = new Map([[key.accessKeyId, key]]);
  const { port } = await startServer(t, service, { accessKeys: () => accessKeys });
  const client = new CloudWatchClient({
    region: REGION,
    endpoint: `http://127.0.0.1:${port}`,
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
  t.teardown(() => client.destroy());
  return { client, store, port };
}

const STATISTICS: GetMetricStatisticsCommandInput = {
  Namespace: 'AWS/EC2',
  MetricName: 'NetworkMirrorIn',
  Dimensions: [{ Name: 'InstanceId', Value: 'eni-1' }],
  StartTime: at(0),
  EndTime: at(10),
  Period: 300,
  Statistics: ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'],
};

/** A request as a client without a library would make it. */
async function send(
  port: number | undefined,
  body: string,
  headers: Record<string, string>,
): Promise<{ status: number | undefined; text: string; queryError: unknown }> {
  const signed = await signHeaders({ port, body, service: 'monitoring', headers });
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, method: 'POST', headers: signed }, async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer);
      const text = Buffer.concat(parts).toString();
      resolve({ status: response.statusCode, text, queryError: response.headers['x-amzn-query-error'] });
    });
    request.on('error', reject);
    request.end(body);
  });
}

t.test('ListMetrics', async (t) => {
  const { client } = await setUp(t);
  const { Metrics = [] } = await client.send(new ListMetricsCommand({ Namespace: 'AWS/EC2' }));
  t.equal(Metrics.length, 16, 'of the source and of all, of this account only');
  t.match(Metrics[8], {
    Namespace: 'AWS/EC2',
    MetricName: 'NetworkMirrorIn',
    Dimensions: [{ Name: 'InstanceId', Value: 'eni-1' }],
  });
  t.same(new Set(Metrics.map(({ MetricName }) => MetricName)), new Set(METRIC_NAMES));
  const count = async (input: object): Promise<number | undefined> =>
    (await client.send(new ListMetricsCommand(input))).Metrics?.length;
  t.equal(await count({}), 16);
  t.equal(await count({ Namespace: 'AWS/S3' }), 0);
  t.equal(await count({ MetricName: 'NetworkMirrorOut' }), 2);
  t.equal(await count({ MetricName: 'CPUUtilization' }), 0);
  t.equal(await count({ Dimensions: [{ Name: 'InstanceId' }] }), 8);
  t.equal(await count({ Dimensions: [{ Name: 'InstanceId', Value: 'eni-other' }] }), 0);
  t.equal(await count({ Dimensions: [{ Name: 'ImageId' }] }), 0);
  t.equal(await count({ RecentlyActive: 'PT3H' }), 16);
});

t.test('ListMetrics in pages', async (t) => {
  const { client, store } = await setUp(t);
  for (let number = 0; number < 100; number++) {
    await store.add(
      { accountId, sourceId: `eni-page-${number}` },
      START_MS / MINUTE_MS,
      METRIC_NAMES.map(() => 0),
    );
  }
  const sizes: number[] = [];
  const names = new Set<string>();
  for await (const { Metrics = [] } of paginateListMetrics({ client }, {})) {
    sizes.push(Metrics.length);
    for (const { MetricName, Dimensions } of Metrics) names.add(`${MetricName} ${Dimensions?.[0]?.Value}`);
  }
  t.same(sizes, [500, 316]);
  t.equal(names.size, 816);
});

t.test('GetMetricStatistics', async (t) => {
  const { client } = await setUp(t);
  const { Label, Datapoints } = await client.send(new GetMetricStatisticsCommand(STATISTICS));
  t.equal(Label, 'NetworkMirrorIn');
  t.same(Datapoints, [
    { Timestamp: at(0), SampleCount: 5, Average: 30, Sum: 150, Minimum: 10, Maximum: 50, Unit: 'Bytes' },
    { Timestamp: at(5), SampleCount: 4, Average: 82.5, Sum: 330, Minimum: 60, Maximum: 100, Unit: 'Bytes' },
  ]);
  const ask = async (input: Partial<GetMetricStatisticsCommandInput>): Promise<unknown[]> => {
    const command = new GetMetricStatisticsCommand({ ...STATISTICS, Statistics: ['Sum'], ...input });
    const { Datapoints: found = [] } = await client.send(command);
    return found.map(({ Timestamp, Sum, Unit }) => [Timestamp, Sum, Unit]);
  };
  t.same(await ask({ Dimensions: [], Period: 3600 }), [[at(0), 480, 'Bytes']], 'all sources');
  t.equal((await ask({ Period: 60 })).length, 9, 'a minute without a point has no datapoint');
  t.same(await ask({ StartTime: new Date(at(2).getTime() + 59_999), EndTime: at(4), Period: 60 }), [
    [at(2), 30, 'Bytes'],
    [at(3), 40, 'Bytes'],
  ]);
  t.same(await ask({ MetricName: 'NetworkPacketsSkipMirrorOut', Period: 3600 }), [[at(0), 39_063, 'Count']]);
  t.same(await ask({ Unit: 'Bytes', Period: 3600 }), [[at(0), 480, 'Bytes']]);
  t.same(await ask({ Unit: 'Count' }), []);
  t.same(await ask({ Namespace: 'AWS/S3' }), []);
  t.same(await ask({ MetricName: 'CPUUtilization' }), []);
  t.same(await ask({ Dimensions: [{ Name: 'InstanceId', Value: 'eni-other' }] }), [], 'of another account');
  t.same(await ask({ StartTime: at(60), EndTime: at(120) }), []);
  const { Statistics: _, ...percentiles } = {
    ...STATISTICS,
    ExtendedStatistics: ['p50', 'p99.9'],
    Period: 3600,
  };
  const extended = await client.send(new GetMetricStatisticsCommand(percentiles));
  t.match(extended.Datapoints, [{ ExtendedStatistics: { p50: 50, 'p99.9': 100 } }]);
});

t.test('the units of the eight metrics', async (t) => {
  const { client } = await setUp(t);
  const units: Record<string, string | undefined> = {};
  for (const MetricName of METRIC_NAMES) {
    const command = new GetMetricStatisticsCommand({ ...STATISTICS, MetricName });
    units[MetricName] = (await client.send(command)).Datapoints?.[0]?.Unit;
  }
  t.strictSame(units, {
    NetworkMirrorIn: 'Bytes',
    NetworkMirrorOut: 'Bytes',
    NetworkPacketsMirrorIn: 'Count',
    NetworkPacketsMirrorOut: 'Count',
    NetworkSkipMirrorIn: 'Bytes',
    NetworkSkipMirrorOut: 'Bytes',
    NetworkPacketsSkipMirrorIn: 'Count',
    NetworkPacketsSkipMirrorOut: 'Count',
  });
});

function dataQuery(Id: string, MetricName: string, options: object = {}) {
  const Metric = { Namespace: 'AWS/EC2', MetricName, Dimensions: [{ Name: 'InstanceId', Value: 'eni-1' }] };
  return { Id, MetricStat: { Metric, Period: 300, Stat: 'Sum' }, ...options };
}

t.test('GetMetricData', async (t) => {
  const { client } = await setUp(t);
  const input: GetMetricDataCommandInput = {
    MetricDataQueries: [
      dataQuery('a', 'NetworkMirrorIn', { Label: 'in <b>' }),
      dataQuery('b', 'NetworkPacketsMirrorIn', { ReturnData: false }),
      dataQuery('c', 'NetworkPacketsMirrorIn'),
    ],
    StartTime: at(0),
    EndTime: at(10),
  };
  const { MetricDataResults, NextToken } = await client.send(new GetMetricDataCommand(input));
  t.equal(NextToken, undefined);
  t.match(MetricDataResults, [
    { Id: 'a', Label: 'in <b>', Timestamps: [at(5), at(0)], Values: [330, 150], StatusCode: 'Complete' },
    { Id: 'c', Label: 'NetworkPacketsMirrorIn', Timestamps: [at(5), at(0)], StatusCode: 'Complete' },
  ]);
  const ascending = await client.send(new GetMetricDataCommand({ ...input, ScanBy: 'TimestampAscending' }));
  t.match(ascending.MetricDataResults?.[0], { Timestamps: [at(0), at(5)], Values: [150, 330] });
});

t.test('GetMetricData in pages', async (t) => {
  const { client } = await setUp(t);
  const MetricStat = { ...dataQuery('a', 'NetworkMirrorIn').MetricStat, Period: 60 };
  const input: GetMetricDataCommandInput = {
    MetricDataQueries: [
      { Id: 'a', MetricStat },
      { Id: 'b', MetricStat },
      { Id: 'c', MetricStat },
    ],
    StartTime: at(0),
    EndTime: at(10),
    ScanBy: 'TimestampAscending',
  };
  for (const pageSize of [1, 4, 9, 26, 27, 28]) {
    const values: Record<string, number[]> = { a: [], b: [], c: [] };
    for await (const page of paginateGetMetricData({ client, pageSize }, { ...input })) {
      const results = page.MetricDataResults ?? [];
      t.ok(results.reduce((sum, { Values = [] }) => sum + Values.length, 0) <= pageSize);
      for (const { Id = '', Values = [] } of results) values[Id]?.push(...Values);
    }
    const all = [10, 20, 30, 40, 50, 60, 80, 90, 100];
    t.same(values, { a: all, b: all, c: all }, `${pageSize} a page`);
  }
});

t.test('GetMetricData ends a page before it is too long', async (t) => {
  const { client, store } = await setUp(t);
  for (let minute = 10; minute < 22; minute++) {
    const values = METRIC_NAMES.map(() => minute);
    await store.add({ accountId, sourceId: 'eni-1' }, START_MS / MINUTE_MS + minute, values);
  }
  const MetricStat = { ...dataQuery('a', 'NetworkMirrorIn').MetricStat, Period: 60 };
  const input: GetMetricDataCommandInput = {
    MetricDataQueries: Array.from({ length: 500 }, (_, index) => ({ Id: `q${index}`, MetricStat })),
    StartTime: at(0),
    EndTime: at(30),
  };
  const sizes: number[] = [];
  for await (const { MetricDataResults = [] } of paginateGetMetricData({ client }, input)) {
    sizes.push(MetricDataResults.reduce((sum, { Values = [] }) => sum + Values.length, 0));
  }
  t.same(sizes, [10_080, 500 * 21 - 10_080]);
});

t.test('AWS Query and AWS JSON', async (t) => {
  const { port } = await setUp(t);
  const times = `StartTime=${at(0).toISOString()}&EndTime=${at(10).toISOString()}`;
  const query =
    `Action=GetMetricStatistics&Version=2010-08-01&Namespace=AWS%2FEC2&MetricName=NetworkMirrorIn&${times}&Period=300` +
    '&Dimensions.member.1.Name=InstanceId&Dimensions.member.1.Value=eni-1&Statistics.member.1=Sum';
  const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const inQuery = await send(port, query, form);
  t.equal(inQuery.status, 200);
  t.match(
    inQuery.text,
    /^<\?xml [^>]*>\s*<GetMetricStatisticsResponse xmlns="http:\/\/monitoring.amazonaws.com\/doc\/2010-08-01\/">/,
  );
  t.match(
    inQuery.text,
    `<member><Timestamp>${at(0).toISOString()}</Timestamp><Sum>150</Sum><Unit>Bytes</Unit></member>`,
  );
  t.match(inQuery.text, /<ResponseMetadata><RequestId>[0-9a-f-]{36}<\/RequestId><\/ResponseMetadata>/);
  const json = {
    ...STATISTICS,
    StartTime: at(0).getTime() / 1000,
    EndTime: at(10).getTime() / 1000,
    Statistics: ['Sum'],
  };
  const target = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'GraniteServiceVersion20100801.GetMetricStatistics',
    'x-amzn-query-mode': 'true',
  };
  const inJson = await send(port, JSON.stringify(json), target);
  t.equal(inJson.status, 200);
  t.same(JSON.parse(inJson.text), {
    Label: 'NetworkMirrorIn',
    Datapoints: [
      { Timestamp: at(0).getTime() / 1000, Sum: 150, Unit: 'Bytes' },
      { Timestamp: at(5).getTime() / 1000, Sum: 330, Unit: 'Bytes' },
    ],
  });
  const extended = `${query.replace('Statistics.member.1=Sum', 'ExtendedStatistics.member.1=p100')}`;
  t.match(
    (await send(port, extended, form)).text,
    '<ExtendedStatistics><entry><key>p100</key><value>50</value></entry>',
  );
  const data =
    `Action=GetMetricData&Version=2010-08-01&${times}&MetricDataQueries.member.1.Id=a` +
    '&MetricDataQueries.member.1.MetricStat.Metric.Namespace=AWS%2FEC2' +
    '&MetricDataQueries.member.1.MetricStat.Metric.MetricName=NetworkMirrorIn' +
    '&MetricDataQueries.member.1.MetricStat.Period=600&MetricDataQueries.member.1.MetricStat.Stat=Sum' +
    '&MetricDataQueries.member.1.ReturnData=true&MaxDatapoints=5';
  t.match(
    (await send(port, data, form)).text,
    '<Values><member>480</member></Values><StatusCode>Complete</StatusCode>',
  );
  const wrongInQuery = await send(port, query.replace('Period=300', 'Period=7'), form);
  t.match(wrongInQuery, {
    status: 400,
    text: /<ErrorResponse .*<Type>Sender<\/Type><Code>InvalidParameterValue<\/Code>/,
  });
  const wrongInJson = await send(port, JSON.stringify({ ...json, Period: 7 }), target);
  t.match(wrongInJson, { status: 400, queryError: 'InvalidParameterValue;Sender' });
  t.match(JSON.parse(wrongInJson.text), {
    __type: 'com.amazonaws.cloudwatch.v2010_08_01#InvalidParameterValueException',
  });
  t.match(await send(port, 'Action=PutMetricData&Version=2010-08-01', form), {
    status: 400,
    text: /<Code>InvalidAction</,
  });
});

t.test('errors, each as its exception', async (t) => {
  const { client, port } = await setUp(t);
  const statistics = (input: object): Promise<unknown> =>
    client.send(
      new GetMetricStatisticsCommand({ ...STATISTICS, ...input } as GetMetricStatisticsCommandInput),
    );
  const data = (input: object): Promise<unknown> =>
    client.send(
      new GetMetricDataCommand({
        MetricDataQueries: [dataQuery('a', 'NetworkMirrorIn')],
        StartTime: at(0),
        EndTime: at(1),
        ...input,
      }),
    );
  const rows: [want: string, call: () => Promise<unknown>][] = [
    ['MissingRequiredParameterException', () => statistics({ MetricName: undefined })],
    ['MissingRequiredParameterException', () => statistics({ StartTime: undefined })],
    ['InvalidParameterValueException', () => statistics({ Period: 0 })],
    ['InvalidParameterValueException', () => statistics({ Period: 61 })],
    ['InvalidParameterValueException', () => statistics({ Statistics: ['Median'] })],
    ['InvalidParameterValueException', () => statistics({ EndTime: at(0) })],
    ['InvalidParameterValueException', () => statistics({ MetricName: 'a\u0000b' })],
    ['InvalidParameterValueException', () => statistics({ MetricName: 'a'.repeat(256) })],
    ['InvalidParameterCombinationException', () => statistics({ Statistics: undefined })],
    ['InvalidParameterCombinationException', () => statistics({ ExtendedStatistics: ['p50'] })],
    ['InvalidParameterCombinationException', () => statistics({ StartTime: at(-1500), Period: 60 })],
    ['InvalidParameterValueException', () => data({ MetricDataQueries: [] })],
    ['InvalidParameterValueException', () => data({ MetricDataQueries: [{ Id: 'A' }] })],
    ['InvalidParameterValueException', () => data({ MetricDataQueries: [{ Id: 'a', Expression: 'b*2' }] })],
    ['MissingRequiredParameterException', () => data({ MetricDataQueries: [{ Id: 'a' }] })],
    [
      'InvalidParameterValueException',
      () => data({ MetricDataQueries: [dataQuery('a', 'X'), dataQuery('a', 'X')] }),
    ],
    ['InvalidParameterValueException', () => data({ MaxDatapoints: 100_801 })],
    ['InvalidNextToken', () => data({ NextToken: 'x' })],
    ['InvalidNextToken', () => client.send(new ListMetricsCommand({ NextToken: 'x' }))],
    [
      'InvalidParameterValueException',
      () => client.send(new ListMetricsCommand({ RecentlyActive: 'PT1H' as 'PT3H' })),
    ],
  ];
  for (const [name, call] of rows)
    await t.rejects(call(), { name, $metadata: { httpStatusCode: 400 } }, name);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  for (const hostile of [
    'Dimensions.member.1.__proto__.Name=a',
    '__proto__.Namespace=a',
    'Dimensions.member.0.Name=a',
    'Dimensions.member.99999999.Name=a',
    'Dimensions=a',
    'Dimensions.member=a',
    `${'a.'.repeat(10_000)}=1`,
  ]) {
    const { status } = await send(port, `Action=ListMetrics&Version=2010-08-01&${hostile}`, form);
    t.ok(status === 400 || status === 200, `${status} ${hostile.slice(0, 40)}`);
  }
});

t.test('policies decide', async (t) => {
  const { client } = await setUp(t, [{ Effect: 'Allow', Action: ['cloudwatch:List*'], Resource: ['*'] }]);
  t.equal((await client.send(new ListMetricsCommand({}))).Metrics?.length, 16);
  await t.rejects(client.send(new GetMetricStatisticsCommand(STATISTICS)), {
    name: 'AccessDenied',
    message: /is not authorized to perform: cloudwatch:GetMetricStatistics/,
  });
});

t.test('by all four dimensions', async (t) => {
  const { client, store } = await setUp(t);
  // A value that another dimension has, too.
  for (const [index, name] of DIMENSIONS.entries()) {
    const counts = METRIC_NAMES.map(() => 2 ** index);
    await store.add(seriesOf(accountId, { name, value: 'x' }), START_MS / MINUTE_MS, counts);
  }
  for (const [index, Name] of DIMENSIONS.entries()) {
    const Dimensions = [{ Name, Value: 'x' }];
    const { Datapoints } = await client.send(
      new GetMetricStatisticsCommand({ ...STATISTICS, Dimensions, Statistics: ['Sum'] }),
    );
    t.same(
      Datapoints?.map(({ Sum }) => Sum),
      [2 ** index],
      `statistics of ${Name}`,
    );
    const Metric = { Namespace: 'AWS/EC2', MetricName: 'NetworkMirrorIn', Dimensions };
    const MetricDataQueries = [{ Id: 'a', MetricStat: { Metric, Period: 60, Stat: 'Sum' } }];
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({ MetricDataQueries, StartTime: at(0), EndTime: at(10) }),
    );
    t.same(MetricDataResults?.[0]?.Values, [2 ** index], `data of ${Name}`);
    const listed = await client.send(new ListMetricsCommand({ Dimensions, MetricName: 'NetworkMirrorIn' }));
    t.match(listed.Metrics, [{ Dimensions }], Name);
    t.equal(listed.Metrics?.length, 1);
    const byName = await client.send(
      new ListMetricsCommand({ Dimensions: [{ Name }], MetricName: 'NetworkMirrorIn' }),
    );
    t.equal(byName.Metrics?.length, Name === 'InstanceId' ? 2 : 1, `every ${Name}`);
  }
  for (const Dimensions of [
    [
      { Name: 'InstanceId', Value: 'x' },
      { Name: 'ImageId', Value: 'x' },
    ],
    [{ Name: 'Colour', Value: 'x' }],
    [{ Name: 'constructor', Value: 'x' }],
  ]) {
    const { Datapoints } = await client.send(
      new GetMetricStatisticsCommand({ ...STATISTICS, Dimensions, Statistics: ['Sum'] }),
    );
    t.same(Datapoints, [], JSON.stringify(Dimensions));
  }
});
