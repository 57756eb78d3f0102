/** Peek: a bounded look at copies of sessions of the caller, who may see what they mirror. */
import type { z } from 'zod';
import type { Catalog } from '../ec2/catalog.js';
import type { ApiCall } from '../service.js';
import type { peekInput } from './input.js';
import type { TrafficMirrorLinks } from './links.js';
import { TrafficMirrorError } from './service-error.js';
import type { PeekResponse } from './shape.js';

const MS_PER_SECOND = 1000;

/** @throws TrafficMirrorError ResourceNotFoundException, TooManyPeekersException (rejects) */
export async function peek(
  catalog: Catalog,
  look: TrafficMirrorLinks['peek'],
  { principal, gone }: ApiCall,
  { SessionIds, Direction, MaxCopies, WaitSeconds, SnapshotLength }: z.output<typeof peekInput>,
): Promise<PeekResponse> {
  const sessionIds = [...new Set(SessionIds)];
  for (const id of sessionIds) {
    // The owner of a target gets the copies of sessions of others too, but at the target.
    if (catalog.find('sessions', id)?.ownerId === principal.accountId) continue;
    throw new TrafficMirrorError('ResourceNotFoundException', `The session ID '${id}' does not exist`);
  }
  const seen = await look({
    user: principal.arn,
    accountId: principal.accountId,
    sessionIds,
    direction: Direction,
    snapshotLength: SnapshotLength,
    maximumCopies: MaxCopies,
    waitMs: WaitSeconds * MS_PER_SECOND,
    gone,
  });
  if (!seen.ok) throw new TrafficMirrorError('TooManyPeekersException', seen.text);
  const { copies, leftOut, endedBy } = seen.value;
  return { Copies: copies, LeftOut: leftOut, EndedBy: endedBy };
}
