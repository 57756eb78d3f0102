/** The four steps of Signature Version 4, on the examples that AWS published. */
import { createHash } from 'node:crypto';
import t from 'tap';
import { computeSignature } from '../../../src/api/authentication/authenticate.js';
import { CREDENTIALS, REGION } from '../../fixtures/api/recorded-requests.js';

const EMPTY = createHash('sha256').update('').digest('hex');
const SCOPE = { dateTime: '20150830T123600Z', day: '20150830', region: REGION };
const HOST = ['host', 'example.amazonaws.com'] as const;
const DATE = ['x-amz-date', SCOPE.dateTime] as const;

/** "AWS Signature Version 4 test suite", service `service`; the last is the example of the documentation. */
const ROWS = [
  {
    name: 'get-vanilla',
    query: [],
    headers: [HOST, DATE],
    service: 'service',
    want: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'get-vanilla-query-order-key-case',
    query: [
      ['Param2', 'value2'],
      ['Param1', 'value1'],
    ],
    headers: [HOST, DATE],
    service: 'service',
    want: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'ListUsers',
    query: [
      ['Action', 'ListUsers'],
      ['Version', '2010-05-08'],
    ],
    headers: [
      ['content-type', 'application/x-www-form-urlencoded; charset=utf-8'],
      ['host', 'iam.amazonaws.com'],
      DATE,
    ],
    service: 'iam',
    want: '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  },
] as const;

for (const { name, query, headers, service, want } of ROWS) {
  t.test(name, async (t) => {
    const request = { method: 'GET', path: '/', query: new Map(query), headers: new Map(headers) };
    const signedHeaders = headers.map(([header]) => header);
    const scope = { ...SCOPE, service, signedHeaders };
    const signature = computeSignature(request, scope, CREDENTIALS.secretAccessKey, EMPTY);
    t.equal(signature.toString('hex'), want);
  });
}
