/** Errors in the form of each protocol, for services and for requests that come to none. */
import { encode } from 'cborg';
import type { ApiResponse } from './service.js';
import type { Protocol } from './services.js';
import { xmlResponse } from './xml.js';

const FIRST_SERVER_ERROR = 500;

/** What an error response tells. */
interface TellableError {
  /** As the protocol has it: of JSON and CBOR, the name of the error's shape. */
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

/** @param namespace of the XML document, in AWS Query */
export function errorResponse(
  protocol: Protocol,
  { code, status, message }: TellableError,
  requestId: string,
  namespace?: string,
): ApiResponse {
  switch (protocol) {
    case 'ec2':
      return xmlResponse(status, {
        Response: { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId },
      });
    case 'query': {
      const error = { Type: faultOf(status), Code: code, Message: message };
      return xmlResponse(status, {
        ErrorResponse: { '@xmlns': namespace, Error: error, RequestId: requestId },
      });
    }
    case 'json':
      return json(status, { 'content-type': 'application/x-amz-json-1.0' }, { __type: code, message });
    case 'rest-json':
      return json(status, { 'content-type': 'application/json', 'x-amzn-errortype': code }, { message });
    case 'cbor':
      return {
        status,
        headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
        body: encode({ __type: code, message }),
      };
  }
}

/** Whose fault an error is, as AWS Query tells it. */
export function faultOf(status: number): 'Sender' | 'Receiver' {
  return status < FIRST_SERVER_ERROR ? 'Sender' : 'Receiver';
}

function json(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Readonly<Record<string, string>>,
): ApiResponse {
  return { status, headers, body: JSON.stringify(body) };
}
