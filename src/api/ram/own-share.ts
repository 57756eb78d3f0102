/** Finds the share that a call changes. */
import type { RamCall } from './ram-call.js';
import { RamError, unknownResource } from './ram-error.js';
import type { ResourceShare } from './records.js';

/**
 * A share of the caller that is not deleted.
 * @throws RamError UnknownResourceException, OperationNotPermittedException, InvalidStateTransitionException
 */
export function requireOwn(call: RamCall, arn: string): ResourceShare {
  const share = requireActive(call, arn);
  if (share.ownerId === call.accountId) return share;
  // An account that is only invited sees the invitation, not the share.
  if (!call.context.shares.isFor(share, call.accountId)) throw unknownResource(arn);
  throw new RamError('OperationNotPermittedException', `${arn} belongs to account ${share.ownerId}`);
}

/** A share that the caller sees. @throws RamError UnknownResourceException, InvalidStateTransitionException */
export function requireActive(call: RamCall, arn: string): ResourceShare {
  const share = call.visibleShare(arn);
  if (share === undefined) throw unknownResource(arn);
  if (share.status !== 'ACTIVE') throw new RamError('InvalidStateTransitionException', `${arn} is deleted`);
  return share;
}

/** The share that the call has changed. The caller may have just left it, and sees it in the response all the same. */
export function changedShare({ context }: RamCall, arn: string): ResourceShare {
  const share = context.shares.shares.get(arn);
  if (share === undefined) throw unknownResource(arn);
  return share;
}
