/** Error responses in the form of each protocol, for services and for requests that no service receives. */
import { encode } from 'cborg';
import type { ApiResponse } from './service.js';
import type { Protocol } from './services.js';
import { xmlResponse } from './xml.js';

const FIRST_SERVER_ERROR = 500;

/** An error as the response shows it. */
interface ErrorContent {
  /** The code; in JSON and CBOR, the name of the error's shape. */
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

/** An error response. @param namespace of the XML document, in AWS Query */
export function errorResponse(
  protocol: Protocol,
  { code, status, message }: ErrorContent,
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

/** The type of an error in AWS Query: whose fault it is. */
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
