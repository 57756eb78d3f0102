/** The service traffic-mirror: what the AWS services have no action for. */
import type {
  ExplainPacketRequest,
  ExplainPacketResponse,
  GetStatusRequest,
  GetStatusResponse,
  StatusDocument,
} from '../../../src/api/traffic-mirror/shape.js';
import type { Client } from './client.js';
import { callJson } from './json.js';

const SERVICE = 'traffic-mirror';
const PREFIX = 'TrafficMirror_20261101';

/** What the engine does now. */
export type Status = StatusDocument;

/** All pages of the status as one document. @throws ApiError */
export async function getStatus(
  client: Client,
  signal?: AbortSignal,
  wanted: GetStatusRequest = {},
): Promise<Status> {
  let status: Status | undefined;
  let NextToken: string | undefined;
  do {
    const input: GetStatusRequest = { ...wanted, ...(NextToken !== undefined && { NextToken }) };
    const page = (await call(client, 'GetStatus', input, signal)) as GetStatusResponse;
    status = status === undefined ? page.Status : joined(status, page.Status);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return status;
}

/** What the engine would do with a packet. @throws ApiError */
export async function explainPacket(
  client: Client,
  input: ExplainPacketRequest,
  signal?: AbortSignal,
): Promise<ExplainPacketResponse> {
  return (await call(client, 'ExplainPacket', input, signal)) as ExplainPacketResponse;
}

function call(client: Client, action: string, input: object, signal?: AbortSignal): Promise<unknown> {
  return callJson(client, PREFIX, { service: SERVICE, action, input, signal });
}

/** The lists of two pages behind each other. The rest is that of the first page. */
function joined(before: Status, page: Status): Status {
  return {
    ...before,
    ...bothOf('sources', before, page),
    ...bothOf('sessions', before, page),
    ...bothOf('targets', before, page),
    ...bothOf('filters', before, page),
  };
}

/** A list that neither page has was not asked for, and stays absent. */
function bothOf(name: 'sources' | 'sessions' | 'targets' | 'filters', before: Status, page: Status): object {
  const [one, other] = [before[name], page[name]];
  return one === undefined && other === undefined ? {} : { [name]: [...(one ?? []), ...(other ?? [])] };
}
