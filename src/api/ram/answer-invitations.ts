/** The actions of whoever is shared with. */
import { invitationContent } from './contents.js';
import { invitationInput } from './input.js';
import { type Outcome, putInvitation, putShare, type RamCall } from './ram-call.js';
import { RamError } from './ram-error.js';
import type { AssociationStatus, Invitation } from './records.js';

export function acceptResourceShareInvitation(call: RamCall): Promise<Outcome['answer']> {
  return answerInvitation(call, 'ACCEPTED', 'ASSOCIATED');
}

export function rejectResourceShareInvitation(call: RamCall): Promise<Outcome['answer']> {
  return answerInvitation(call, 'REJECTED', 'DISASSOCIATED');
}

function answerInvitation(
  call: RamCall,
  status: Invitation['status'],
  associationStatus: AssociationStatus,
): Promise<Outcome['answer']> {
  const input = call.read(invitationInput);
  call.allow(input.resourceShareInvitationArn);
  return call.once(input, () => {
    const before = requirePending(call, input.resourceShareInvitationArn);
    const invitation = { ...before, status };
    const share = call.context.shares.shares.get(before.shareArn);
    const answer = { resourceShareInvitation: invitationContent(invitation, false) };
    if (share === undefined) return { answer, changes: [putInvitation(invitation)] };
    const associations = share.associations.map((association) =>
      association.entity === call.accountId && association.status === 'ASSOCIATING'
        ? { ...association, status: associationStatus, updatedAt: call.now }
        : association,
    );
    return { answer, changes: [putInvitation(invitation), putShare({ ...share, associations })] };
  });
}

/** @throws RamError when there is nothing that the caller could still answer */
function requirePending({ context, accountId }: RamCall, arn: string): Invitation {
  const invitation = context.shares.invitations.get(arn);
  if (invitation === undefined || invitation.receiverId !== accountId) {
    throw new RamError('ResourceShareInvitationArnNotFoundException', `${arn} was not found`);
  }
  if (context.shares.isExpired(invitation)) {
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
