/** The control API that a command asks instead of the daemon's sockets: its address, and a key. */
import { existsSync } from 'node:fs';
import { DEFAULT_STATE_DIRECTORY } from '../../config/schema.js';
import { show } from '../../resources/parsed.js';
import { statusSocketPath } from '../../status/status-server.js';
import { CommandError, EXIT_WRONG_USAGE } from '../command-error.js';

const DEFAULT_REGION = 'us-east-1';

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
  /** There is a configuration, or a socket, of a daemon of this host. */
  readonly isLocal: boolean;
}

/**
 * The URL of the API that a command asks; undefined: it asks the daemon of this host. AWS_ENDPOINT_URL is of all services,
 * so it counts only where there is no daemon to ask.
 * @throws CommandError when the command line names both
 */
export function chooseEndpoint(
  { asked, hasConfig, isLocal }: EndpointChoice,
  environment: Environment,
): string | undefined {
  if (asked !== undefined) {
    if (!hasConfig) return asked;
    throw new CommandError(
      EXIT_WRONG_USAGE,
      'give --config or --endpoint-url: a daemon here, or one that is asked over TCP',
    );
  }
  if (hasConfig) return undefined;
  const own = given(environment.AWS_ENDPOINT_URL_TRAFFIC_MIRROR);
  return own ?? (isLocal ? undefined : given(environment.AWS_ENDPOINT_URL));
}

/** True when a daemon that has no configuration named is on this host. */
export function hasDefaultDaemon(): boolean {
  return existsSync(statusSocketPath(DEFAULT_STATE_DIRECTORY));
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

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === '/' &&
    `${url.search}${url.hash}${url.username}${url.password}` === '';
  if (isPlain) return url;
  // It may hold a password, so only a short part of it is shown.
  const what = 'not http:// or https:// with a host, and a port';
  throw new CommandError(EXIT_WRONG_USAGE, `--endpoint-url ${show(text.slice(0, 8))}…: ${what}`);
}

/** A variable that is empty counts as not set. */
function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
