/** The actions that accept and reject an invitation to a resource share. */

import { invitationInput } from './input.js';
import { type Outcome, putInvitation, putShare, type RamCall } from './ram-call.js';
import { RamError } from './ram-error.js';
import { type AssociationStatus, type Content, type Invitation, invitationContent } from './records.js';

export function acceptResourceShareInvitation(call: RamCall): Promise<Content> {
  return answerInvitation(call, 'ACCEPTED', 'ASSOCIATED');
}

export function rejectResourceShareInvitation(call: RamCall): Promise<Content> {
  return answerInvitation(call, 'REJECTED', 'DISASSOCIATED');
}

function answerInvitation(
  call: RamCall,
  status: Invitation['status'],
  associationStatus: AssociationStatus,
): Promise<Content> {
  const input = call.read(invitationInput);
  call.allow(input.resourceShareInvitationArn);
  const make = (): Outcome => {
    const before = requirePending(call, input.resourceShareInvitationArn);
    const invitation = { ...before, status };
    const share = call.context.shares.shares.get(before.shareArn);
    const { arn } = invitation;
    if (share === undefined) return { arn, changes: [putInvitation(invitation)] };
    const associations = share.associations.map((association) =>
      association.entity === call.accountId && association.status === 'ASSOCIATING'
        ? { ...association, status: associationStatus, updatedAt: call.now }
        : association,
    );
    return { arn, changes: [putInvitation(invitation), putShare({ ...share, associations })] };
  };
  return call.once(input, make, (arn) => ({
    resourceShareInvitation: invitationContent(requireInvitation(call, arn), false),
  }));
}

/** An invitation that the caller can still answer. @throws RamError */
function requirePending(call: RamCall, arn: string): Invitation {
  const invitation = requireInvitation(call, arn);
  if (call.context.shares.isExpired(invitation)) {
    throw new RamError('ResourceShareInvitationExpiredException', `${arn} has expired`);
  }
  if (invitation.status === 'ACCEPTED') {
    throw new RamError('ResourceShareInvitationAlreadyAcceptedException', `${arn} is already accepted`);
  }
  if (invitation.status === 'REJECTED') {
    throw new RamError('ResourceShareInvitationAlreadyRejectedException', `${arn} is already rejected`);
  }
  return invitation;
}

function requireInvitation({ context, accountId }: RamCall, arn: string): Invitation {
  const invitation = context.shares.invitations.get(arn);
  if (invitation?.receiverId === accountId) return invitation;
  throw new RamError('ResourceShareInvitationArnNotFoundException', `${arn} was not found`);
}
