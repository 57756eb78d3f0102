/** Resource Access Manager, as far as accounts of one daemon share targets by it. REST-JSON. */
import { DONE } from '../audit.js';
import { errorResponse } from '../error-response.js';
import { StateError } from '../errors.js';
import type { ApiCall, ApiInput, ApiResponse, ApiService } from '../service.js';
import type { ActionName } from '../services.js';
import { allowRejection } from '../work-queue.js';
import { acceptResourceShareInvitation, rejectResourceShareInvitation } from './answer-invitations.js';
import {
  associateResourceShare,
  createResourceShare,
  deleteResourceShare,
  disassociateResourceShare,
} from './change-shares.js';
import {
  getResourceShareAssociations,
  getResourceShareInvitations,
  getResourceShares,
  listPrincipals,
  listResources,
} from './list-shares.js';
import { RamCall, type RamContext } from './ram-call.js';
import { RamError } from './ram-error.js';
import type { Content } from './records.js';
import { tagResource, untagResource, updateResourceShare } from './update-share.js';

/** Members of requests and responses that hold ARNs and ids of accounts. */
const ID_MEMBERS = ['resourceShareArn', 'resourceShareInvitationArn', 'resourceArns', 'principals'] as const;

type Action = (call: RamCall) => Content | Promise<Content>;

/** An action that was run. */
interface Started {
  readonly content: Promise<Content>;
  readonly durable: Promise<void>;
}

/** The actions by name. */
const BY_NAME = {
  AcceptResourceShareInvitation: acceptResourceShareInvitation,
  AssociateResourceShare: associateResourceShare,
  CreateResourceShare: createResourceShare,
  DeleteResourceShare: deleteResourceShare,
  DisassociateResourceShare: disassociateResourceShare,
  GetResourceShareAssociations: getResourceShareAssociations,
  GetResourceShareInvitations: getResourceShareInvitations,
  GetResourceShares: getResourceShares,
  ListPrincipals: listPrincipals,
  ListResources: listResources,
  RejectResourceShareInvitation: rejectResourceShareInvitation,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateResourceShare: updateResourceShare,
} satisfies Record<ActionName<'ram'>, Action>;

const ACTIONS: ReadonlyMap<string, Action> = new Map(Object.entries(BY_NAME));

export class RamService implements ApiService {
  readonly #context: RamContext;

  constructor(context: RamContext) {
    this.#context = context;
  }

  async handle(call: ApiCall): Promise<ApiResponse> {
    const named = call.input.format === 'json' ? idsOfRequest(call.input) : [];
    try {
      const action = ACTIONS.get(call.action);
      if (action === undefined) throw new RamError('UnknownOperationException', `There is no ${call.action}`);
      const { content: pending, durable } = await this.#run(call, action);
      const content = await pending;
      await durable;
      const resourceIds = [...idsOfResponse(content), ...named];
      return { ...json(content), outcome: DONE, resourceIds };
    } catch (error) {
      const ramError = asRamError(error);
      if (ramError === undefined) throw error;
      const response = errorResponse('rest-json', ramError, call.requestId);
      return { ...response, outcome: ramError.code, resourceIds: named };
    }
  }

  /**
   * Runs an action as work of the queue, because it may look at every share. The write to disk is not work of the
   * queue.
   */
  #run(call: ApiCall, action: Action): Promise<Started> {
    const { shares, work } = this.#context;
    return work.run(call.principal.arn, async () => ({
      content: allowRejection(Promise.resolve(action(new RamCall(call, this.#context)))),
      // The response shows the state of this moment, and must wait until that is durable.
      durable: allowRejection(shares.settled()),
    }));
  }
}

function asRamError(error: unknown): RamError | undefined {
  if (error instanceof RamError) return error;
  if (!(error instanceof StateError)) return undefined;
  const outcome = error.code === 'uncertain' ? 'The change failed' : 'The change could not be made';
  return new RamError('ServiceUnavailableException', `${outcome}: ${error.message}`);
}

function json(content: Content): ApiResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(content) };
}

/** @returns ARNs and ids of accounts, as they were written */
function idsOfRequest({ body, query }: Extract<ApiInput, { format: 'json' }>): string[] {
  return [...idsIn(body), ...idsIn(Object.fromEntries(query))];
}

function idsOfResponse({ resourceShare }: Readonly<Record<string, unknown>>): string[] {
  return idsIn(resourceShare);
}

function idsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const members = value as Readonly<Record<string, unknown>>;
  return ID_MEMBERS.flatMap((name) => (Object.hasOwn(members, name) ? [members[name]].flat() : [])).filter(
    (id): id is string => typeof id === 'string',
  );
}
