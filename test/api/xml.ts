/** Any text in a response or an error of any service: the document parses, and gives the text back. */
import fc from 'fast-check';
import t from 'tap';
import { Ec2Error } from '../../src/api/ec2/ec2-error.js';
import { formatError, formatResponse } from '../../src/api/ec2/response.js';
import { RequestError } from '../../src/api/errors.js';
import { requestErrorResponse } from '../../src/api/http/protocol.js';
import { MonitoringError } from '../../src/api/monitoring/monitoring-error.js';
import {
  formatResponse as formatMetrics,
  formatError as formatMetricsError,
} from '../../src/api/monitoring/response.js';
import type { ApiCall } from '../../src/api/service.js';
import { openEc2 } from '../fixtures/api/ec2.js';
import { parseXml, xmlTextAt } from '../fixtures/api/parse-xml.js';
import { PRINCIPAL, REGION } from '../fixtures/api/recorded-requests.js';

const ID = '00000000-0000-0000-0000-000000000000';
const METRICS_CALL: ApiCall = {
  service: 'monitoring',
  action: 'GetMetricStatistics',
  region: REGION,
  principal: PRINCIPAL,
  requestId: ID,
  input: { format: 'query', parameters: new Map() },
};

/** UTF-16 units in any order: halves of pairs, control characters and markup among them. */
const unit = fc.oneof(
  fc.nat(0xffff),
  fc.nat(0x9f),
  fc.constantFrom(0x0d, 0x0a, 0x26, 0x3c, 0x3e, 0x5d, 0x22, 0x27, 0xfffe, 0xffff, 0xfffd, 0x85, 0x2028),
  fc.integer({ min: 0xd800, max: 0xdfff }),
);
const anyText = fc.array(unit, { maxLength: 40 }).map((units) => String.fromCharCode(...units));

/** What the other side is to read: decided unit by unit, by the production Char of XML 1.0. */
function readBack(text: string): string {
  let back = '';
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const isChar =
      point === 0x9 ||
      point === 0xa ||
      point === 0xd ||
      (point >= 0x20 && point <= 0xd7ff) ||
      (point >= 0xe000 && point <= 0xfffd) ||
      point >= 0x10000;
    back += isChar ? character : '\ufffd';
  }
  return back;
}

t.test('any text in any response', async (t) => {
  const rows: [name: string, bodyOf: (text: string) => unknown, pathEnd: string][] = [
    ['ec2 answer', (text) => formatResponse('X', ID, { description: text }).body, 'XResponse/description'],
    ['ec2 list', (text) => formatResponse('X', ID, { set: [text] }).body, 'set/item'],
    ['ec2 structure', (text) => formatResponse('X', ID, { set: [{ key: text }] }).body, 'item/key'],
    ['ec2 error', (text) => formatError(new Ec2Error('A', text), ID).body, 'Error/Message'],
    ['ec2 code', (text) => formatError(new Ec2Error(text, 'm'), ID).body, 'Error/Code'],
    ['metrics', (text) => formatMetrics(METRICS_CALL, { Label: text }).body, 'Result/Label'],
    ['metrics list', (text) => formatMetrics(METRICS_CALL, { Ids: [text] }).body, 'Ids/member'],
    ['metrics map', (text) => formatMetrics(METRICS_CALL, { S: new Map([[text, 1]]) }).body, 'entry/key'],
    [
      'metrics error',
      (text) => formatMetricsError(METRICS_CALL, new MonitoringError('InvalidParameterValue', text)).body,
      'Error/Message',
    ],
    [
      'ec2 refusal',
      (text) => requestErrorResponse(new RequestError('expired', text), 'ec2', ID).body,
      'Message',
    ],
    [
      'query refusal',
      (text) => requestErrorResponse(new RequestError('expired', text), 'query', ID).body,
      'Message',
    ],
  ];
  for (const [name, bodyOf, pathEnd] of rows) {
    fc.assert(
      fc.property(anyText, (text) => {
        const back = xmlTextAt(String(bodyOf(text)), pathEnd);
        if (back !== readBack(text)) throw new Error(`${name}: ${JSON.stringify(back)}`);
      }),
      { numRuns: 1000 },
    );
    t.pass(name);
  }
});

t.test('a carriage return is read back as one', async (t) => {
  const { body } = formatResponse('X', ID, { description: 'a\r\nb\rc\td' });
  t.match(body, '<description>a&#xD;\nb&#xD;c\td</description>');
  t.equal(xmlTextAt(String(body), 'description'), 'a\r\nb\rc\td');
});

t.test('any request', async (t) => {
  const ec2 = await openEc2(t);
  const values = fc.dictionary(
    fc.oneof(
      fc.constantFrom('Description', 'Tag.1.Key', 'ResourceId.1', 'Filter.1.Name', 'ClientToken'),
      anyText,
    ),
    anyText,
    { maxKeys: 4 },
  );
  const action = fc.oneof(
    fc.constantFrom('CreateTrafficMirrorFilter', 'CreateTags', 'DescribeTags', 'DeleteTrafficMirrorTarget'),
    anyText,
  );
  const codes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      action,
      values,
      fc.option(anyText, { nil: '2016-11-15' }),
      async (name, given, Version) => {
        const { body } = await ec2.call(name, { ...given, Version });
        const [, code = 'done'] = parseXml(body).find(([path]) => path.endsWith('Error/Code')) ?? [];
        codes.add(code);
      },
    ),
    { numRuns: 1000 },
  );
  t.notOk(codes.has('InternalError'));
  for (const code of ['done', 'InvalidAction', 'NoSuchVersion', 'UnknownParameter'])
    t.ok(codes.has(code), code);
});
