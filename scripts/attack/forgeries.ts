/** Requests that claim to be of a user whose secret key their author does not have. */
import { createHash } from 'node:crypto';
import { formOf, type HttpRequest } from './client.js';
import { ADMIN, API } from './configuration.js';
import {
  ALGORITHM,
  credential,
  dateTime,
  encodeQuery,
  type Key,
  presignParameters,
  REGION,
  type Scope,
  signHeaders,
  signQuery,
  type Unsigned,
} from './sign.js';
import type { AttackStand } from './stand.js';

const HEX = 'a'.repeat(64);
const ZEROS = '0'.repeat(64);
const HOST = { host: `${API.host}:${API.port}` };

/** One call of each service that its holder's key may make. */
export interface Target {
  readonly service: string;
  readonly request: Unsigned;
}

/** Creates a target, so that one that is taken leaves a trace besides. */
const CREATE = formOf('CreateTrafficMirrorTarget', { NetworkLoadBalancerArn: 'nlb-ids' });
/** Each of them is answered with 200 when its user signs it. */
export const TARGETS: readonly Target[] = [
  { service: 'ec2', request: post('/', CREATE, 'application/x-www-form-urlencoded') },
  { service: 'ram', request: post('/getresourceshares', '{"resourceOwner":"SELF"}', 'application/json') },
  {
    service: 'monitoring',
    request: post(
      '/',
      'Action=ListMetrics&Version=2010-08-01&Namespace=AWS/EC2',
      'application/x-www-form-urlencoded',
    ),
  },
];

/** A forged request, and what it tries. */
export interface Forgery {
  readonly text: string;
  readonly request: HttpRequest;
}

/** Several hundred for each service. */
export function forgeries(target: Target, stand: AttackStand): Forgery[] {
  return [
    ...headerForgeries(target),
    ...queryForgeries(target),
    ...replays(target),
    ...mutations(target, stand),
  ];
}

/** Authorization headers that no key made. */
function headerForgeries(target: Target): Forgery[] {
  const { service, request } = target;
  const scope = scopeOf(service);
  const headers = { ...request.headers, 'x-amz-date': dateTime(scope.at) };
  const names = Object.keys(headers).sort().join(';');
  const day = dateTime(scope.at).slice(0, 8);
  const rest = `SignedHeaders=${names}, Signature=`;
  const inScope = (text: string): string => `${ADMIN.accessKeyId}/${day}/${REGION}/${text}/aws4_request`;
  const usual = `Credential=${credential(ADMIN, scope)}`;
  const texts = [
    // The signature that is expected is the one that the scope brings along.
    ...[`Signature=${HEX}Signature=`, `Signature=${HEX}`, 'Signature=zz', `x,Signature=${HEX}`].flatMap(
      (text) => [
        `Credential=${inScope(text)}, ${rest}${HEX}`,
        `X=/${service}/aws4_request, Credential=${inScope(text)}, ${rest}${HEX}`,
        `Credential=${ADMIN.accessKeyId}/${day}/${text}/${service}/aws4_request, ${rest}${HEX}`,
        `Credential=${ADMIN.accessKeyId}/${text}/${REGION}/${service}/aws4_request, ${rest}${HEX}`,
        `Credential=${text}/${day}/${REGION}/${service}/aws4_request, ${rest}${HEX}`,
        `${usual}, SignedHeaders=${names};${text}, Signature=${HEX}`,
      ],
    ),
    ...[
      '',
      ZEROS,
      HEX,
      HEX.slice(1),
      `${HEX}a`,
      HEX.toUpperCase(),
      'zz',
      `${ZEROS} `,
      'null',
      'undefined',
    ].map((signature) => `${usual}, ${rest}${signature}`),
    ...['', 'undefined', 'null', ADMIN.accessKeyId].map((secret) =>
      weaklySigned(target, { ...ADMIN, secretAccessKey: secret }),
    ),
    // Fields twice, missing, empty, in other cases, and fields that nobody knows.
    `${usual}, ${usual}, ${rest}${HEX}`,
    `${usual}, ${rest}${HEX}, Signature=${ZEROS}`,
    `${usual}, SignedHeaders=host, ${rest}${HEX}`,
    `${usual}, Signature=${HEX}`,
    `${rest}${HEX}`,
    usual,
    `credential=${credential(ADMIN, scope)}, signedheaders=${names}, signature=${HEX}`,
    `${usual}, X=1, ${rest}${HEX}`,
    `__proto__=1, ${usual}, ${rest}${HEX}`,
    ...[
      '',
      ';',
      'host',
      'x-amz-date',
      'HOST;x-amz-date',
      'host;host;x-amz-date',
      'x-amz-date;host',
      '__proto__',
      'host;constructor;x-amz-date',
    ].map((signed) => `${usual}, SignedHeaders=${signed}, Signature=${HEX}`),
    // Scopes of other days, regions, services and ends.
    ...[
      `${ADMIN.accessKeyId}/19700101/${REGION}/${service}/aws4_request`,
      `${ADMIN.accessKeyId}/${day}//${service}/aws4_request`,
      `${ADMIN.accessKeyId}/${day}/${REGION}//aws4_request`,
      `${ADMIN.accessKeyId}/${day}/${REGION}/s3/aws4_request`,
      `${ADMIN.accessKeyId}/${day}/${REGION}/${service}/aws4_reques`,
      `${ADMIN.accessKeyId}/${day}/${REGION}/${service}/aws4_request/`,
      `/${ADMIN.accessKeyId}/${day}/${REGION}/${service}/aws4_request`,
      `__proto__/${day}/${REGION}/${service}/aws4_request`,
      '////aws4_request',
      '',
    ].map((text) => `Credential=${text}, ${rest}${HEX}`),
  ];
  const algorithms = ['', 'AWS3', 'aws4-hmac-sha256', 'AWS4-ECDSA-P256-SHA256', 'Basic', 'Bearer'];
  const forged = [
    ...texts.map((text) => `${ALGORITHM} ${text}`),
    ...algorithms.map((algorithm) => `${algorithm} ${usual}, ${rest}${HEX}`.trimStart()),
    `${ALGORITHM}`,
    `${ALGORITHM}\t${usual}, ${rest}${HEX}`,
  ];
  const unsigned: Forgery = { text: 'no signature', request: toHttp(request, headers) };
  return [
    unsigned,
    ...forged.map((text) => ({ text, request: toHttp(request, { ...headers, authorization: text }) })),
    ...forged.slice(0, 8).map((text) => ({
      text: `${text}, with a signature in the query`,
      request: {
        ...toHttp(request, { ...headers, authorization: text }),
        target: `${request.path}?X-Amz-Signature=${HEX}`,
      },
    })),
  ];
}

/** What somebody signs who guesses that the secret is missing or empty. */
function weaklySigned({ service, request }: Target, key: Key): string {
  const { authorization: text = '' } = signHeaders(request, key, scopeOf(service));
  return text.slice(ALGORITHM.length + 1);
}

function queryForgeries({ service, request }: Target): Forgery[] {
  const scope = scopeOf(service);
  const parameters = presignParameters(ADMIN, scope, 'host');
  const withSignature = (
    signature: string,
    changes: Readonly<Record<string, string>> = {},
  ): [string, string][] => [
    ...formPairs(request),
    ...parameters.map(([name, value]): [string, string] => [name, changes[name] ?? value]),
    ['X-Amz-Signature', signature],
  ];
  const day = dateTime(scope.at).slice(0, 8);
  const emptySigned = signQuery(bodyless(request), { ...ADMIN, secretAccessKey: '' }, scope);
  const queries = [
    ...['', ZEROS, HEX, 'zz', HEX.slice(1), `${HEX}a`, HEX.toUpperCase(), 'undefined'].map((text) =>
      encodeQuery(withSignature(text)),
    ),
    ...[`Signature=${HEX}Signature=`, `X-Amz-Signature=${HEX}`, '', 's3', '__proto__'].map((text) =>
      encodeQuery(
        withSignature(HEX, {
          'X-Amz-Credential': `${ADMIN.accessKeyId}/${day}/${REGION}/${text}/aws4_request`,
        }),
      ),
    ),
    ...['', 'host;', 'HOST', '__proto__', 'host;x-amz-signature', `host;Signature=${HEX}`].map((text) =>
      encodeQuery(withSignature(HEX, { 'X-Amz-SignedHeaders': text })),
    ),
    ...['', '0', '-1', '1e9', '604801', 'NaN', '99999999999'].map((text) =>
      encodeQuery(withSignature(HEX, { 'X-Amz-Expires': text })),
    ),
    ...['', 'NaN', '99991231T235959Z', '20260101T000000', '20260199T999999Z'].map((text) =>
      encodeQuery(withSignature(HEX, { 'X-Amz-Date': text })),
    ),
    `${encodeQuery(withSignature(HEX))}&X-Amz-Signature=${HEX}`,
    `${encodeQuery(withSignature(HEX))}&x-amz-algorithm=${ALGORITHM}`,
    encodeQuery(formPairs(request)),
    encodeQuery([...formPairs(request), ...parameters]),
    emptySigned,
  ];
  return queries.map((query) => ({ text: `?${query}`, request: inQuery(request, query) }));
}

/** Requests that were seen on the way and then changed. */
function replays({ service, request }: Target): Forgery[] {
  const signed = signHeaders(request, ADMIN, scopeOf(service));
  const seen = toHttp(request, signed);
  const { authorization: claim = '' } = signed;
  const headers = (changes: Readonly<Record<string, string>>): HttpRequest => ({
    ...seen,
    headers: { ...signed, ...changes },
  });
  const otherService = TARGETS.find((target) => target.service !== service)?.request;
  const changed: HttpRequest[] = [
    { ...seen, body: `${seen.body} ` },
    { ...seen, body: '' },
    { ...seen, method: 'PUT' },
    { ...seen, target: `${seen.target}?Action=DeleteTags` },
    { ...seen, target: `${seen.target}x` },
    headers({ host: 'localhost' }),
    headers({ 'x-amz-date': dateTime(new Date(Date.now() - 60_000)) }),
    headers({ 'content-type': 'text/plain' }),
    headers({ 'x-amz-target': 'GraniteServiceVersion20100801.ListMetrics' }),
    headers({ 'x-amz-security-token': 'token' }),
    headers({ 'x-amz-content-sha256': createHash('sha256').update(seen.body).digest('hex') }),
    headers({ authorization: claim.replace(ADMIN.accessKeyId, 'AKIDDESCRIBER') }),
    headers({ authorization: claim.replace(/Signature=.*/, `Signature=${HEX}`) }),
    ...(otherService === undefined ? [] : [toHttp(otherService, signed)]),
  ];
  return changed.map((replayed, index) => ({
    text: `changed after it was signed, ${index}`,
    request: replayed,
  }));
}

/** One character of a good Authorization header is another one. */
function mutations({ service, request }: Target, stand: AttackStand): Forgery[] {
  const signed = signHeaders(request, ADMIN, scopeOf(service));
  const { authorization: claim = '' } = signed;
  const places = [...claim].flatMap((character, index) => (/[a-zA-Z0-9]/.test(character) ? [index] : []));
  return Array.from({ length: stand.bySize(100, 20) }, () => {
    const at = stand.random.pick(places);
    const others = [...'ghijklmnopqrstuvwxyz0123456789'].filter(
      (other) => other !== claim[at]?.toLowerCase(),
    );
    const changed = claim.slice(0, at) + stand.random.pick(others) + claim.slice(at + 1);
    return { text: changed, request: toHttp(request, { ...signed, authorization: changed }) };
  });
}

function post(path: string, body: string, contentType: string): Unsigned {
  return { method: 'POST', path, query: [], headers: { ...HOST, 'content-type': contentType }, body };
}

/** What stands in its body, in its query string, for services that take it there. */
export function bodyless(request: Unsigned): Unsigned {
  const isForm = request.headers['content-type']?.includes('form') === true;
  return isForm
    ? { ...request, method: 'GET', query: formPairs(request), headers: HOST, body: '' }
    : { ...request, headers: HOST };
}

function formPairs({ headers, body }: Unsigned): [string, string][] {
  return headers['content-type']?.includes('form') === true ? [...new URLSearchParams(body)] : [];
}

/** With the query string in place of what stands in its body. */
export function inQuery(request: Unsigned, query: string): HttpRequest {
  const { method, path, headers, body } = bodyless(request);
  return { method, target: `${path}?${query}`, headers, body };
}

/** With these headers in place of its own. */
export function toHttp(
  { method, path, body }: Unsigned,
  headers: Readonly<Record<string, string>>,
): HttpRequest {
  return { method, target: path, headers, body };
}

/** The scope of a request that is signed now. */
export function scopeOf(service: string): Scope {
  return { service, region: REGION, at: new Date() };
}
