import type { ActionName } from '../action-names.js';

/** The operations of Resource Access Manager by method and path, as its clients send them. */
export const RAM_ROUTES: ReadonlyMap<string, ActionName<'ram'>> = new Map([
  ['POST /acceptresourceshareinvitation', 'AcceptResourceShareInvitation'],
  ['POST /associateresourceshare', 'AssociateResourceShare'],
  ['POST /createresourceshare', 'CreateResourceShare'],
  ['DELETE /deleteresourceshare', 'DeleteResourceShare'],
  ['POST /disassociateresourceshare', 'DisassociateResourceShare'],
  ['POST /getresourceshareassociations', 'GetResourceShareAssociations'],
  ['POST /getresourceshareinvitations', 'GetResourceShareInvitations'],
  ['POST /getresourceshares', 'GetResourceShares'],
  ['POST /listprincipals', 'ListPrincipals'],
  ['POST /listresources', 'ListResources'],
  ['POST /rejectresourceshareinvitation', 'RejectResourceShareInvitation'],
]);
