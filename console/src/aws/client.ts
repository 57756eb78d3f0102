/** Signed requests to the listener that served the page. */
import { AwsClient } from 'aws4fetch';
import { ApiError, isAbort, isSessionLost, NO_ANSWER } from './errors.js';

/** An access key, and the region that signatures are made for. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

/** One request. */
export interface ServiceRequest {
  /** The signing name: `ec2`, `ram`, `monitoring`, `elasticloadbalancing`, `sts`, `traffic-mirror`. */
  readonly service: string;
  readonly action: string;
  readonly method?: 'POST' | 'DELETE';
  /** Path and query; `/` when absent. */
  readonly path?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Code and words of an error response; the request's id where the body has it. */
export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly requestId?: string | undefined;
}

interface Listeners {
  /** Called when a request failed because the key is no longer accepted. */
  readonly onSessionLost?: (error: ApiError) => void;
  /** Called after each request: whether a server answered it. */
  readonly onAnswer?: (answered: boolean) => void;
}

const REQUEST_ID_HEADERS = ['x-amzn-requestid', 'x-amz-request-id'];

/** Signs and sends requests of one caller. */
export class Client {
  readonly region: string;
  readonly #signer: AwsClient;
  readonly #endpoint: string;
  readonly #listeners: Listeners;

  constructor(
    { accessKeyId, secretAccessKey, region }: Credentials,
    endpoint: string,
    listeners: Listeners = {},
  ) {
    this.region = region;
    this.#endpoint = endpoint;
    this.#listeners = listeners;
    // By default it sends a request that failed ten times more.
    this.#signer = new AwsClient({ accessKeyId, secretAccessKey, region, retries: 1 });
  }

  /**
   * Sends a request and returns the body of its response.
   * @param readError reads the body of an error response of the service's protocol
   * @throws ApiError for an error response, or with code NoAnswer when no server answered
   */
  async send(
    request: ServiceRequest,
    readError: (text: string, headers: Headers) => ErrorBody,
  ): Promise<string> {
    const { service, action } = request;
    const response = await this.#fetch(request);
    const text = await response.text();
    if (response.ok) return text;
    const { code, message, requestId = idOf(response.headers) } = readError(text, response.headers);
    const status = response.status;
    const error = new ApiError({ code, message, status, service, action, ...(requestId && { requestId }) });
    if (isSessionLost(error)) this.#listeners.onSessionLost?.(error);
    throw error;
  }

  async #fetch({ service, action, method = 'POST', path = '/', headers, body, signal }: ServiceRequest) {
    try {
      const response = await this.#signer.fetch(new URL(path, this.#endpoint).href, {
        method,
        aws: { service },
        cache: 'no-store',
        credentials: 'omit',
        ...(headers && { headers }),
        ...(body !== undefined && { body }),
        ...(signal && { signal }),
      });
      this.#listeners.onAnswer?.(true);
      return response;
    } catch (cause) {
      if (isAbort(cause)) throw cause;
      this.#listeners.onAnswer?.(false);
      const message = 'The server did not answer.';
      throw new ApiError({ code: NO_ANSWER, message, status: 0, service, action });
    }
  }
}

function idOf(headers: Headers): string | undefined {
  return REQUEST_ID_HEADERS.map((name) => headers.get(name)).find((id) => id !== null) ?? undefined;
}
