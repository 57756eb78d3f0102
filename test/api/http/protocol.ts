/** Any bytes decode to a call, or to an error for the caller. */
import assert from 'node:assert/strict';
import { encode } from 'cborg';
import fc from 'fast-check';
import t from 'tap';
import type { SignedRequest } from '../../../src/api/authentication/signed-request.js';
import { RequestError } from '../../../src/api/errors.js';
import { decodeCall } from '../../../src/api/http/protocol.js';
import {
  listMetricsInput,
  metricDataInput,
  metricStatisticsInput,
  readInput,
} from '../../../src/api/monitoring/input.js';
import { MonitoringError } from '../../../src/api/monitoring/monitoring-error.js';
import { createShareInput, readInput as readRamInput, resourcesInput } from '../../../src/api/ram/input.js';
import { RamError } from '../../../src/api/ram/ram-error.js';
import type { ApiInput } from '../../../src/api/service.js';
import type { Protocol } from '../../../src/api/services.js';

const ROUTES: readonly (readonly [Protocol, Partial<SignedRequest>])[] = [
  ['ec2', {}],
  ['query', {}],
  ['json', { headers: new Map([['x-amz-target', 'GraniteServiceVersion20100801.GetMetricData']]) }],
  ['rest-json', { path: '/createresourceshare' }],
  ['cbor', { path: '/service/GraniteServiceVersion20100801/operation/GetMetricData' }],
];

const members = fc.constantFrom(
  ...[
    'Namespace',
    'MetricName',
    'Dimensions',
    'Name',
    'Value',
    'StartTime',
    'EndTime',
    'Period',
    'Statistics',
  ],
  ...[
    'MetricDataQueries',
    'MetricStat',
    'Metric',
    'Id',
    'NextToken',
    'name',
    'resourceArns',
    'principals',
    'tags',
  ],
  ...['member', '1', '2', '0', '__proto__', 'constructor', 'toString'],
);
const names = fc.array(members, { minLength: 1, maxLength: 6 }).map((steps) => steps.join('.'));
const form = fc
  .dictionary(names, fc.string())
  .map((pairs) => Buffer.from(`Action=A&${new URLSearchParams(Object.entries(pairs))}`));
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(members, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;
const body = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  form,
  value.map((content) => Buffer.from(JSON.stringify(content))),
  value.map((content) => Buffer.from(encode(content))),
);

function requestOf(changes: Partial<SignedRequest>): SignedRequest {
  return { method: 'POST', path: '/', query: new Map(), headers: new Map(), ...changes };
}

/** Runs a function, which may throw only the error that is meant for callers. */
function orRefused<Result>(
  run: () => Result,
  error: new (code: never, message: string) => Error,
): Result | undefined {
  try {
    return run();
  } catch (refusal) {
    assert.ok(refusal instanceof error, String(refusal));
    return undefined;
  }
}

function readAll(input: ApiInput): void {
  for (const schema of [listMetricsInput, metricStatisticsInput, metricDataInput]) {
    orRefused(() => readInput(schema, input), MonitoringError);
  }
  if (input.format !== 'json') return;
  for (const schema of [createShareInput, resourcesInput])
    orRefused(() => readRamInput(schema, input.body), RamError);
}

t.test('bytes', async () => {
  fc.assert(
    fc.property(fc.constantFrom(...ROUTES), body, ([protocol, changes], bytes) => {
      const call = orRefused(() => decodeCall(requestOf(changes), protocol, bytes), RequestError);
      if (call !== undefined) readAll(call.input);
    }),
    { numRuns: 3000 },
  );
});

t.test('forms of every shape', async () => {
  fc.assert(
    fc.property(fc.dictionary(names, fc.string()), (pairs) => {
      readAll({ format: 'query', parameters: new Map(Object.entries(pairs)) });
    }),
    { numRuns: 2000 },
  );
});

t.test('no input reaches a prototype', async (t) => {
  const parameters = new Map([['Dimensions.member.1.__proto__.polluted', 'x']]);
  orRefused(() => readInput(listMetricsInput, { format: 'query', parameters }), MonitoringError);
  const json = decodeCall(
    requestOf(ROUTES[3]?.[1] ?? {}),
    'rest-json',
    Buffer.from('{"__proto__":{"polluted":1}}'),
  );
  readAll(json.input);
  t.equal(({} as { polluted?: unknown }).polluted, undefined);
});
