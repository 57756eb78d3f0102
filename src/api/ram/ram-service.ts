/** Resource Access Manager, as far as targets are shared by it between accounts of one daemon. REST-JSON. */

import { DONE } from '../audit.js';
import { errorResponse } from '../error-response.js';
import { StateError } from '../errors.js';
import type { ApiCall, ApiResponse, ApiService } from '../service.js';
import type { ActionName } from '../services.js';
import { watched } from '../work-queue.js';
import { acceptResourceShareInvitation, rejectResourceShareInvitation } from './answer-invitations.js';
import {
  associateResourceShare,
  createResourceShare,
  deleteResourceShare,
  disassociateResourceShare,
} from './change-shares.js';
import { idsOfAnswer, idsOfRequest } from './concerned-ids.js';
import {
  getResourceShareAssociations,
  getResourceShareInvitations,
  getResourceShares,
  listPrincipals,
  listResources,
} from './list-shares.js';
import { RamCall, type RamContext } from './ram-call.js';
import { RamError } from './ram-error.js';

type Answer = Readonly<Record<string, unknown>>;

type Action = (call: RamCall) => Answer | Promise<Answer>;

interface Started {
  readonly answer: Promise<Answer>;
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
      const { answer, durable } = await this.#run(call, action);
      const content = await answer;
      await durable;
      const resourceIds = [...idsOfAnswer(content), ...named];
      return { ...json(content), outcome: DONE, resourceIds };
    } catch (error) {
      const refusal = asRamError(error);
      if (refusal === undefined) throw error;
      const told = errorResponse('rest-json', refusal, call.requestId);
      return { ...told, outcome: refusal.code, resourceIds: named };
    }
  }

  /** An action may look at every share. Others go on while what it changes is written. */
  #run(call: ApiCall, action: Action): Promise<Started> {
    const { shares, work } = this.#context;
    return work.run(call.principal.arn, async () => ({
      answer: watched(Promise.resolve(action(new RamCall(call, this.#context)))),
      // What was just looked at must not be taken back.
      durable: watched(shares.settled()),
    }));
  }
}

function asRamError(error: unknown): RamError | undefined {
  if (error instanceof RamError) return error;
  if (!(error instanceof StateError)) return undefined;
  const outcome = error.code === 'uncertain' ? 'The change failed' : 'The change could not be made';
  return new RamError('ServiceUnavailableException', `${outcome}: ${error.message}`);
}

function json(content: Answer): ApiResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(content) };
}
