/**
 * The claim of a request: what its Authorization header or its query string says about its signature (AWS Signature
 * Version 4, "Create a signed AWS API request"). No other file reads these. They decide who signed, for which service,
 * and which headers are signed, before anything is computed.
 */
import { show } from '../../resources/parsed.js';
import { RequestError } from '../errors.js';
import { SERVICE_NAMES, type ServiceName } from '../services.js';
import type { SignedRequest } from './signed-request.js';

/** `ACCESS-KEY-ID/YYYYMMDD/REGION/SERVICE/aws4_request`. */
interface CredentialScope {
  readonly accessKeyId: string;
  /** `YYYYMMDD`. */
  readonly day: string;
  readonly region: string;
  readonly service: ServiceName;
}

export interface SignatureClaim extends CredentialScope {
  readonly form: 'header' | 'query';
  /** `YYYYMMDDTHHMMSSZ`, on the scope's day. */
  readonly dateTime: string;
  /** The same, in milliseconds since 1970. */
  readonly signedAt: number;
  /** How long a signature in the query string is valid. */
  readonly expiresSeconds: number | undefined;
  /** Lower case, sorted, each once; `host` is among them. */
  readonly signedHeaders: readonly string[];
  /** 64 lower-case hex digits. */
  readonly signature: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

const HEADER_FIELDS = ['Credential', 'SignedHeaders', 'Signature'];

/** Parameters that every request with a signature in its query string has. */
const QUERY_FIELDS = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
];

/** Parameters that it may have. */
const OPTIONAL_QUERY_FIELDS = ['X-Amz-Security-Token', 'X-Amz-Content-Sha256'];

/** No parameter of an action has this prefix. */
const QUERY_FIELD = /^x-amz-/i;

const ACCESS_KEY_ID = /^\w{1,128}$/;

const DAY = /^\d{8}$/;

const REGION_OR_SERVICE = /^[a-z0-9-]{1,64}$/;

const DATE_TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** RFC 9110 section 5.6.2, a token, in lower case. */
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;

const SIGNATURE = /^[0-9a-f]{64}$/;

const EXPIRES = /^[1-9][0-9]{0,5}$/;

const WEEK_SECONDS = 604_800;

/** True for a parameter of the signature, in upper or lower case: it is no parameter of an action. */
export function isSignatureParameter(name: string): boolean {
  return QUERY_FIELD.test(name);
}

/**
 * Reads the whole claim, strictly: each field once, in any order, and no other.
 * @returns undefined for a request that is not signed
 * @throws RequestError incomplete-signature, wrong-scope
 */
export function readClaim({ headers, query }: SignedRequest): SignatureClaim | undefined {
  const authorization = headers.get('authorization');
  const isInQuery = [...query.keys()].some(isSignatureParameter);
  if (authorization === undefined) return isInQuery ? queryClaim(query) : undefined;
  if (isInQuery) throw incomplete('The request is signed in its header and in its query string');
  return headerClaim(authorization, headers.get('x-amz-date'));
}

function headerClaim(authorization: string, date: string | undefined): SignatureClaim {
  const [, algorithm, rest = ''] = /^(\S+) +(.*)$/.exec(authorization) ?? [];
  if (algorithm !== ALGORITHM) throw incomplete(`The Authorization header must begin with ${ALGORITHM}`);
  const fields = new Map<string, string>();
  for (const part of rest.split(',')) {
    const [, name = '', value = ''] = /^ *(\w+)=([^ =]*) *$/.exec(part) ?? [];
    if (!HEADER_FIELDS.includes(name) || fields.has(name)) {
      throw incomplete(
        `The Authorization header must have ${HEADER_FIELDS.join(', ')}, each once, and no more`,
      );
    }
    fields.set(name, value);
  }
  return {
    form: 'header',
    ...parseScope(fields.get('Credential'), date),
    expiresSeconds: undefined,
    signedHeaders: parseSignedHeaders(fields.get('SignedHeaders')),
    signature: parseSignature(fields.get('Signature')),
  };
}

function queryClaim(query: SignedRequest['query']): SignatureClaim {
  const absent = QUERY_FIELDS.find((name) => !query.has(name));
  if (absent !== undefined) throw incomplete(`A request signed in its query string needs ${absent}`);
  const known = [...QUERY_FIELDS, ...OPTIONAL_QUERY_FIELDS];
  const unknown = [...query.keys()].find((name) => isSignatureParameter(name) && !known.includes(name));
  if (unknown !== undefined) throw incomplete(`The query string has an unknown parameter ${show(unknown)}`);
  if (query.get('X-Amz-Algorithm') !== ALGORITHM) throw incomplete(`X-Amz-Algorithm must be ${ALGORITHM}`);
  return {
    form: 'query',
    ...parseScope(query.get('X-Amz-Credential'), query.get('X-Amz-Date')),
    expiresSeconds: parseExpires(query.get('X-Amz-Expires')),
    signedHeaders: parseSignedHeaders(query.get('X-Amz-SignedHeaders')),
    signature: parseSignature(query.get('X-Amz-Signature')),
  };
}

function parseScope(
  credential = '',
  dateTime = '',
): CredentialScope & Pick<SignatureClaim, 'dateTime' | 'signedAt'> {
  const [accessKeyId = '', day = '', region = '', service = '', ...end] = credential.split('/');
  const isScope =
    ACCESS_KEY_ID.test(accessKeyId) &&
    DAY.test(day) &&
    REGION_OR_SERVICE.test(region) &&
    REGION_OR_SERVICE.test(service) &&
    end.join('/') === 'aws4_request';
  if (!isScope) throw incomplete('Credential must be ACCESS-KEY-ID/YYYYMMDD/REGION/SERVICE/aws4_request');
  const signedAt = parseDateTime(dateTime);
  if (signedAt === undefined) throw incomplete('The request needs an X-Amz-Date such as 20260102T030405Z');
  if (!dateTime.startsWith(`${day}T`)) throw incomplete('The date of Credential must be that of X-Amz-Date');
  return { accessKeyId, day, region, service: parseService(service), dateTime, signedAt };
}

function parseService(name: string): ServiceName {
  const service = SERVICE_NAMES.find((candidate) => candidate === name);
  if (service !== undefined) return service;
  throw wrongService();
}

/** The scope does not name the service that the request is for. */
export function wrongService(): RequestError {
  const text = `Credential should be scoped to a service: ${SERVICE_NAMES.join(', ')}`;
  return new RequestError('wrong-scope', text);
}

/** @returns milliseconds since 1970; undefined for a day or hour that does not exist */
function parseDateTime(text: string): number | undefined {
  const [year, month, day, hours, minutes, seconds] = (DATE_TIME.exec(text) ?? []).slice(1);
  const iso = `${year}-${month}-${day}T${hours}:${minutes}:${seconds}.000Z`;
  const time = Date.parse(iso);
  // Date.parse accepts 30 February, as 2 March.
  return Number.isNaN(time) || new Date(time).toISOString() !== iso ? undefined : time;
}

function parseExpires(text = ''): number {
  if (EXPIRES.test(text) && Number(text) <= WEEK_SECONDS) return Number(text);
  throw incomplete(`X-Amz-Expires must be a number of seconds from 1 to ${WEEK_SECONDS}`);
}

function parseSignedHeaders(text = ''): string[] {
  const names = text.split(';');
  if (!names.every((name) => HEADER_NAME.test(name))) {
    throw incomplete(
      'SignedHeaders must name the headers that are signed, in lower case, between semicolons',
    );
  }
  // Strictly ascending, so that no name occurs twice.
  if (!names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name)) {
    throw incomplete('SignedHeaders must be sorted, with each header once');
  }
  if (!names.includes('host')) throw incomplete('The header "host" must be signed');
  return names;
}

function parseSignature(text = ''): string {
  if (SIGNATURE.test(text)) return text;
  throw incomplete('Signature must be 64 lower-case hex digits');
}

function incomplete(message: string): RequestError {
  return new RequestError('incomplete-signature', message);
}
