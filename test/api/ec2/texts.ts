/** Texts of requests: which characters they may hold, and how they come back. */
import t from 'tap';
import { ACCOUNT, openEc2, type Values } from '../../fixtures/api/ec2.js';
import { parseXml, xmlTextAt } from '../../fixtures/api/parse-xml.js';

const FILTER = { 'TagSpecification.1.ResourceType': 'traffic-mirror-filter' };
const TAG_KEY = 'TagSpecification.1.Tag.1.Key';
const TAG_VALUE = 'TagSpecification.1.Tag.1.Value';
const NEVER = [
  '\u0000',
  '\u0001',
  '\u000b',
  '\u001b',
  '\u007f',
  '\u0085',
  '\u009f',
  '\ufffe',
  '\uffff',
  '\ud800',
];
const BREAKS = ['\t', '\n', '\r'];

t.test('control characters are refused by the name of their parameter', async (t) => {
  const ec2 = await openEc2(t);
  const rows: [action: string, name: string, values: Values, takesBreaks: boolean][] = [
    ['CreateTrafficMirrorFilter', 'Description', {}, true],
    ['CreateTrafficMirrorFilter', 'ClientToken', {}, false],
    ['CreateTrafficMirrorTarget', 'NetworkInterfaceId', {}, false],
    ['DeleteTrafficMirrorTarget', 'TrafficMirrorTargetId', {}, false],
    ['CreateTags', 'ResourceId.1', { 'Tag.1.Key': 'a' }, false],
    ['DescribeTags', 'NextToken', {}, false],
  ];
  for (const [action, name, values, takesBreaks] of rows) {
    for (const character of [...NEVER, ...(takesBreaks ? [] : BREAKS)]) {
      const { status, content } = await ec2.call(action, { ...values, [name]: `a${character}b` });
      const text = `${action} ${name} ${JSON.stringify(character)}`;
      t.equal(status, 400, text);
      t.equal(content.Errors.Error.Code, 'InvalidParameterValue', text);
      t.match(
        content.Errors.Error.Message,
        `for parameter ${name} is invalid. It holds control characters.`,
        text,
      );
    }
  }
  const tags: [name: string, shown: string, values: Values, takesBreaks: boolean][] = [
    [TAG_VALUE, 'tag.value', { ...FILTER, [TAG_KEY]: 'team' }, true],
    [TAG_KEY, 'tag.key', FILTER, false],
  ];
  for (const [name, shown, values, takesBreaks] of tags) {
    for (const character of [...NEVER, ...(takesBreaks ? [] : BREAKS)]) {
      const given = { ...values, [name]: `a${character}b` };
      const { status, content } = await ec2.call('CreateTrafficMirrorFilter', given);
      const text = `${name} ${JSON.stringify(character)}`;
      t.match(
        { status, content },
        { status: 400, content: { Errors: { Error: { Code: 'InvalidParameterValue' } } } },
      );
      t.match(content.Errors.Error.Message, /control characters/, text);
      t.ok(
        [shown, name].some((word) => content.Errors.Error.Message.includes(`parameter ${word} `)),
        text,
      );
    }
  }
  t.equal((await ec2.ok('DescribeTrafficMirrorFilters')).trafficMirrorFilterSet, '', 'nothing was made');
});

t.test('descriptions and values of tags of several lines come back as they were', async (t) => {
  const ec2 = await openEc2(t);
  const text = ' a\tb\r\nc\rd\n <&>"\' 😀 ';
  await ec2.ok('CreateTrafficMirrorFilter', {
    ...FILTER,
    Description: text,
    [TAG_KEY]: 'team',
    [TAG_VALUE]: text,
  });
  const { body } = await ec2.call('DescribeTrafficMirrorFilters', {
    'Filter.1.Name': 'description',
    'Filter.1.Value.1': text,
    'Filter.2.Name': 'tag:team',
    'Filter.2.Value.1': text,
  });
  t.equal(xmlTextAt(body, '/description'), text);
  t.equal(xmlTextAt(body, '/value'), text);
});

t.test('texts of an older journal are served, and can be deleted', async (t) => {
  const ec2 = await openEc2(t);
  const resource = {
    trafficMirrorFilterId: 'tmf-old',
    networkServices: [],
    ingressFilterRules: [],
    egressFilterRules: [],
    description: 'a\u0001b\ufffe\ud800',
    tags: { 'te\tam': 'x\u0085y', other: 'z' },
  };
  const value = { ownerId: ACCOUNT, order: 1, resource };
  await ec2.state.store.commit([{ table: 'filters', key: 'tmf-old', value }]);
  const { status, body } = await ec2.call('DescribeTrafficMirrorFilters');
  t.equal(status, 200);
  t.equal(xmlTextAt(body, '/description'), 'a\ufffdb\ufffd\ufffd');
  t.strictSame(
    parseXml(body).flatMap(([path, text]) => (/(key|value)$/.test(path) ? [text] : [])),
    ['te\tam', 'x\u0085y', 'other', 'z'],
  );
  const found = await ec2.ok('DescribeTags', { 'Filter.1.Name': 'key', 'Filter.1.Value.1': 'te\tam' });
  t.equal(found.tagSet.item[0].value, 'x\u0085y');
  await ec2.ok('DeleteTags', { 'ResourceId.1': 'tmf-old', 'Tag.1.Key': 'te\tam', 'Tag.1.Value': 'x\u0085y' });
  t.strictSame((await ec2.ok('DescribeTags')).tagSet.item.length, 1);
});
