/** The control API that a command asks instead of the daemon's sockets: its address, and a key. */
import { show } from '../../resources/parsed.js';
import { CommandError, EXIT_WRONG_USAGE } from '../command-error.js';

const DEFAULT_REGION = 'us-east-1';
const OWN_VARIABLE = 'AWS_ENDPOINT_URL_TRAFFIC_MIRROR';
const ANY_VARIABLE = 'AWS_ENDPOINT_URL';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Endpoint {
  readonly url: URL;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** What decides whether a command asks the API. */
export interface EndpointChoice {
  /** `--endpoint-url`. */
  readonly asked: string | undefined;
  /** `--config` was given. */
  readonly hasConfig: boolean;
  /** Whether there is a configuration, or a socket, of a daemon of this host. */
  readonly isLocal: () => Promise<boolean>;
}

/**
 * The URL of the API that a command asks; undefined: it asks the daemon of this host. AWS_ENDPOINT_URL is of all services,
 * so it counts only where there is no daemon to ask.
 * @throws CommandError when the command line names both, and for a URL that is none of an API: it says where that stands
 * (rejects)
 */
export async function chooseEndpoint(
  { asked, hasConfig, isLocal }: EndpointChoice,
  environment: Environment,
): Promise<string | undefined> {
  if (asked !== undefined) {
    if (!hasConfig) return checked(asked, '--endpoint-url');
    throw new CommandError(
      EXIT_WRONG_USAGE,
      'give --config or --endpoint-url: a daemon here, or one that is asked over TCP',
    );
  }
  if (hasConfig) return undefined;
  const own = given(environment[OWN_VARIABLE]);
  if (own !== undefined) return checked(own, OWN_VARIABLE);
  const any = given(environment[ANY_VARIABLE]);
  if (any === undefined || (await isLocal())) return undefined;
  return checked(any, ANY_VARIABLE);
}

/** @throws CommandError for a URL that is none of an API, and without a key */
export function openEndpoint(text: string, environment: Environment): Endpoint {
  const url = parseUrl(text);
  const accessKeyId = given(environment.AWS_ACCESS_KEY_ID);
  const secretAccessKey = given(environment.AWS_SECRET_ACCESS_KEY);
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const what =
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must hold an access key of the configuration file';
    throw new CommandError(EXIT_WRONG_USAGE, `${url.origin}: ${what}`);
  }
  const region = given(environment.AWS_REGION) ?? given(environment.AWS_DEFAULT_REGION) ?? DEFAULT_REGION;
  return { url, region, accessKeyId, secretAccessKey, sessionToken: given(environment.AWS_SESSION_TOKEN) };
}

/**
 * What is worth knowing before an API is asked: http:// to another host sends packets and counters in clear text.
 * @returns undefined when nothing is
 */
export function clearTextNote({ protocol, hostname, origin }: URL): string | undefined {
  if (protocol === 'https:' || LOOPBACK.test(hostname)) return undefined;
  return `note: ${origin} is not https: whoever is on the way can read what it answers`;
}

/** As the class URL writes hosts: IPv4 in four decimal numbers, IPv6 in brackets and short. */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** @param origin the option or the variable that has the text. @throws CommandError */
function checked(text: string, origin: string): string {
  parseUrl(text, origin);
  return text;
}

function parseUrl(text: string, origin = '--endpoint-url'): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === '/' &&
    `${url.search}${url.hash}${url.username}${url.password}` === '';
  if (isPlain) return url;
  // It may hold a password, so only a short part of it is shown.
  const what = 'not http:// or https:// with a host, and a port';
  throw new CommandError(EXIT_WRONG_USAGE, `${origin} ${show(text.slice(0, 8))}…: ${what}`);
}

/** A variable that is empty counts as not set. */
function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
