/** The actions that change the name and the tags of a resource share, and whether it may be for accounts outside. */
import { TAG_LIMITS } from '../../resources/tags.js';
import { requestTagConditions } from '../authorization/condition.js';
import { tagShareInput, untagShareInput, updateShareInput } from './input.js';
import { changedShare, requireOwn } from './own-share.js';
import { type Outcome, putShare, type RamCall } from './ram-call.js';
import { RamError } from './ram-error.js';
import { type Content, type ResourceShare, shareContent } from './records.js';

export function updateResourceShare(call: RamCall): Promise<Content> {
  const input = call.read(updateShareInput);
  call.allow(input.resourceShareArn);
  const make = (): Outcome => {
    const before = requireOwn(call, input.resourceShareArn);
    const { name = before.name, allowExternalPrincipals = before.allowExternalPrincipals } = input;
    if (!allowExternalPrincipals) requireInternal(call, before);
    const share = { ...before, name, allowExternalPrincipals, updatedAt: call.now };
    return { arn: share.arn, changes: [putShare(share)] };
  };
  return call.once(input, make, (arn) => ({ resourceShare: shareContent(changedShare(call, arn)) }));
}

/** Adds tags, and overwrites those whose key is there. */
export function tagResource(call: RamCall): Promise<Content> {
  const input = call.read(tagShareInput);
  const pairs = input.tags.map(({ key, value }): [string, string] => [key, value]);
  call.allow(input.resourceShareArn, requestTagConditions(pairs));
  return retag(call, input, (tags) => ({ ...tags, ...Object.fromEntries(pairs) }));
}

/** Removes tags; a key that the share does not have is no error. */
export function untagResource(call: RamCall): Promise<Content> {
  const input = call.read(untagShareInput);
  call.allow(input.resourceShareArn, { 'aws:TagKeys': input.tagKeys });
  const removed = new Set(input.tagKeys);
  return retag(call, input, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.has(key))),
  );
}

function retag(
  call: RamCall,
  input: { readonly resourceShareArn: string; readonly clientToken?: undefined },
  change: (tags: ResourceShare['tags']) => ResourceShare['tags'],
): Promise<Content> {
  const make = (): Outcome => {
    const before = requireOwn(call, input.resourceShareArn);
    const tags = change(before.tags);
    if (Object.keys(tags).length > TAG_LIMITS.tags) {
      throw new RamError('TagLimitExceededException', `A resource share has at most ${TAG_LIMITS.tags} tags`);
    }
    const share = { ...before, tags, updatedAt: call.now };
    return { arn: share.arn, changes: [putShare(share)] };
  };
  return call.once(input, make, () => ({}));
}

/** Requires that no account outside the organization has the share, or can still accept it. */
function requireInternal({ context }: RamCall, share: ResourceShare): void {
  const { shares } = context;
  const outside = share.associations.find(
    (one) =>
      one.type === 'PRINCIPAL' &&
      shares.isExternal(share, one.entity) &&
      (one.status === 'ASSOCIATING' ? shares.isInvited(share, one.entity) : shares.isInForce(share, one)),
  );
  if (outside === undefined) return;
  throw new RamError(
    'OperationNotPermittedException',
    `${outside.entity} is an external principal of ${share.name}: disassociate it first`,
  );
}
