/** Texts that break documents, in every place where a client gives one: each answer is a document that parsers take. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Attack, Faults, type Outcome } from './attack.js';
import { type Answer, Ec2User, formOf, send, signedPost } from './client.js';
import { ADMIN, API } from './configuration.js';
import { REGION, signHeaders, type Unsigned } from './sign.js';
import type { AttackStand } from './stand.js';

export const HOSTILE_TEXTS: Attack = {
  name: 'hostile-texts',
  title: 'characters and markup that break XML or JSON, in values, names, ids, actions and headers',
  by: 'client',
  limitSeconds: { full: 60, quick: 40 },
  run: sendHostileTexts,
};

/** From the checkout: what is no TypeScript is not built. */
const PARSER = fileURLToPath(new URL('../../../scripts/attack/parse-xml.py', import.meta.url));
const MAXIMUM_OUTPUT_BYTES = 1 << 26;

/** What the characters are called, and a text with them. */
const TEXTS: readonly (readonly [name: string, text: string])[] = [
  ...[0, 1, 7, 8, 0xb, 0xc, 0xe, 0x1b, 0x1f].map((code): [string, string] => [
    `U+${code.toString(16).padStart(4, '0')}`,
    `a${String.fromCharCode(code)}b`,
  ]),
  ['U+007F', 'a\u007fb'],
  ['U+0085', 'a\u0085b'],
  ['U+2028', 'a\u2028b'],
  ['U+FEFF', '\ufeffa'],
  ['U+FFFE', 'a\ufffeb'],
  ['U+FFFF', 'a\uffffb'],
  ['U+FFFD', 'a\ufffdb'],
  ['U+1FFFF', 'a\u{1ffff}b'],
  ['U+1F980', 'a\u{1f980}b'],
  ['CR', 'a\rb'],
  ['CR LF', 'a\r\nb'],
  ['LF', 'a\nb'],
  ['TAB', 'a\tb'],
  ['spaces around', '  a  '],
  ['only CR', '\r'],
  ['end of CDATA', ']]>'],
  ['CDATA', '<![CDATA[a]]>'],
  ['comment', '<!-- -- -->'],
  ['elements', '</description><ownerId>999999999999</ownerId><description>'],
  ['doctype', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>&b;'],
  ['entities', '&lt;&#0;&#xD;&amp;amp;'],
  ['lone ampersand', 'a & b'],
  ['quotes', `'"\\"'`],
  ['right to left', 'a\u202eb'],
  ['combining', `a${'\u0301'.repeat(100)}`],
  ['format', '%s %n {} {{b}} \\n'],
  ['prototype', '__proto__'],
];

/** Bodies that are no UTF-8, or hold halves of a pair. */
const BYTES = ['%ED%A0%80', '%ff', '%c0%80', '%f4%90%80%80', '%00', '%'];

/** What an XML parser that keeps to the standard makes of an answer. */
interface Parsed {
  readonly error: string | null;
  /** Texts of the elements `description`, in their order. */
  readonly descriptions: readonly string[];
  /** Texts of the elements `key` and `value`. */
  readonly tags: readonly string[];
}

/** An answer, and what it must read back; undefined: only that it can be read. */
interface Exchange {
  readonly what: string;
  readonly answer: Answer;
  readonly wanted?: { readonly kind: 'descriptions' | 'tags'; readonly text: string };
}

async function sendHostileTexts(stand: AttackStand): Promise<Outcome> {
  const faults = new Faults();
  const daemon = await stand.start(stand.configure());
  const admin = new Ec2User(ADMIN, 4);
  const exchanges: Exchange[] = [];
  for (const [name, text] of TEXTS)
    exchanges.push(...(await storeAndRead(admin, name, text)), ...(await echo(admin, name, text)));
  for (const bytes of BYTES) {
    const answer = await send(
      API,
      signedPost(ADMIN, 'ec2', `${formOf('CreateTrafficMirrorFilter', {})}&Description=a${bytes}`),
    );
    exchanges.push({ what: `the bytes ${bytes}`, answer });
  }
  judgeXml(exchanges, faults);
  const others = await inOtherProtocols(faults);
  admin.close();
  faults.require((await daemon.stop()) === 0, 'the daemon did not end well');
  const kept = exchanges.filter(({ wanted }) => wanted !== undefined).length;
  return faults.outcome(
    `${exchanges.length} XML answers read by expat, ${kept} texts read back as they were; ${others} JSON and AWS Query answers`,
  );
}

/** A text is refused, or comes back as it was given. */
async function storeAndRead(user: Ec2User, name: string, text: string): Promise<Exchange[]> {
  const exchanges: Exchange[] = [];
  const created = await user.call('CreateTrafficMirrorFilter', { Description: text });
  exchanges.push({ what: `${name} in a description`, answer: created });
  const filter = (created.content.trafficMirrorFilter ?? {}) as { trafficMirrorFilterId?: string };
  const id = filter.trafficMirrorFilterId ?? (await user.create('Filter'));
  const answers = {
    described: await user.call('DescribeTrafficMirrorFilters', { 'TrafficMirrorFilterId.1': id }),
    value: await user.call('CreateTags', { 'ResourceId.1': id, 'Tag.1.Key': 'k', 'Tag.1.Value': text }),
    key: await user.call('CreateTags', { 'ResourceId.1': id, 'Tag.1.Key': `k${text}`, 'Tag.1.Value': 'v' }),
  };
  const tags = await user.call('DescribeTags', { 'Filter.1.Name': 'resource-id', 'Filter.1.Value.1': id });
  await user.must('DeleteTrafficMirrorFilter', { TrafficMirrorFilterId: id });
  exchanges.push({
    what: `${name} in a list`,
    answer: answers.described,
    ...(created.status === 200 && { wanted: { kind: 'descriptions', text } }),
  });
  for (const [place, { status }, wanted] of [
    ['value', answers.value, text],
    ['key', answers.key, `k${text}`],
  ] as const) {
    exchanges.push({
      what: `${name} in a tag's ${place}`,
      answer: tags,
      ...(status === 200 && { wanted: { kind: 'tags', text: wanted } }),
    });
  }
  return [
    ...exchanges,
    { what: `${name} in a tag`, answer: answers.key },
    { what: `${name} in a value`, answer: answers.value },
  ];
}

/** What is refused is often told in the refusal. */
async function echo(user: Ec2User, name: string, text: string): Promise<Exchange[]> {
  const id = { TrafficMirrorTargetId: text };
  const calls = [
    user.call(text),
    user.call(`Describe${text}`),
    user.call('DeleteTrafficMirrorTarget', id),
    user.call('DeleteTrafficMirrorTarget', { TrafficMirrorTargetId: `tmt-${text}` }),
    user.call('CreateTrafficMirrorTarget', { NetworkInterfaceId: text }),
    user.call('CreateTrafficMirrorTarget', { NetworkLoadBalancerArn: text }),
    user.call('CreateTrafficMirrorTarget', { GatewayLoadBalancerEndpointId: text }),
    user.call('CreateTrafficMirrorFilter', { ClientToken: text }),
    user.call('CreateTrafficMirrorFilter', { [`Unknown${text}`]: 'a' }),
    user.call('CreateTrafficMirrorFilter', { DryRun: text }),
    user.call('CreateTrafficMirrorFilter', { 'TagSpecification.1.ResourceType': text }),
    user.call('DescribeTrafficMirrorFilters', { 'Filter.1.Name': text, 'Filter.1.Value.1': 'a' }),
    user.call('DescribeTrafficMirrorFilters', { 'Filter.1.Name': 'description', 'Filter.1.Value.1': text }),
    user.call('DescribeTrafficMirrorFilters', { NextToken: text }),
    user.call('DescribeTrafficMirrorFilters', { MaxResults: text }),
    user.call('CreateTags', { 'ResourceId.1': text, 'Tag.1.Key': 'a' }),
  ];
  return (await Promise.all(calls)).map((answer, index) => ({
    what: `${name} in a refused call, ${index}`,
    answer,
  }));
}

function judgeXml(exchanges: readonly Exchange[], faults: Faults): void {
  const documents = exchanges.map(({ answer }) => Buffer.from(answer.text).toString('base64'));
  const output = execFileSync('python3', [PARSER], {
    input: JSON.stringify(documents),
    encoding: 'utf8',
    maxBuffer: MAXIMUM_OUTPUT_BYTES,
  });
  for (const [index, { error, ...texts }] of (JSON.parse(output) as Parsed[]).entries()) {
    const { what, answer, wanted } = exchanges[index] as Exchange;
    faults.require(answer.status < 500, `${what}: ${answer.status}`);
    faults.require(error === null, `${what}: ${error}`);
    if (error !== null || wanted === undefined) continue;
    const isThere = texts[wanted.kind].includes(wanted.text);
    faults.require(
      isThere,
      `${what}: ${JSON.stringify(wanted.text)} came back as ${JSON.stringify(texts[wanted.kind])}`,
    );
  }
}

/** The same texts to the services that speak JSON, and to AWS Query. @returns how many answers */
async function inOtherProtocols(faults: Faults): Promise<number> {
  const queries: Exchange[] = [];
  let count = 0;
  for (const [name, text] of TEXTS) {
    const share = await send(
      API,
      signed(
        'ram',
        '/createresourceshare',
        JSON.stringify({ name: text, principals: [text], resourceArns: [text] }),
        {},
      ),
    );
    const target = { 'x-amz-target': 'GraniteServiceVersion20100801.ListMetrics' };
    const metrics = await send(
      API,
      signed('monitoring', '/', JSON.stringify({ Namespace: text, MetricName: text }), target),
    );
    for (const [service, { status, text: answer }] of [
      ['ram', share],
      ['monitoring', metrics],
    ] as const) {
      count += 1;
      faults.require(status < 500, `${name} to ${service}: ${status}`);
      faults.require(isJson(answer), `${name} to ${service}: no JSON`);
    }
    const form = new URLSearchParams({
      Action: 'GetMetricStatistics',
      Version: '2010-08-01',
      Namespace: text,
      MetricName: text,
    });
    queries.push({
      what: `${name} to AWS Query`,
      answer: await send(API, signedPost(ADMIN, 'monitoring', String(form))),
    });
  }
  judgeXml(queries, faults);
  return count + queries.length;
}

function signed(service: string, path: string, body: string, headers: Readonly<Record<string, string>>) {
  const unsigned: Unsigned = {
    method: 'POST',
    path,
    query: [],
    headers: { host: `${API.host}:${API.port}`, 'content-type': 'application/json', ...headers },
    body,
  };
  const all = signHeaders(unsigned, ADMIN, { service, region: REGION, at: new Date() });
  return { method: 'POST', target: path, headers: all, body };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
