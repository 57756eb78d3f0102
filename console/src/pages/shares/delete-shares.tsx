/** The dialog that deletes resource shares: it says who loses which targets. */

import { useMemo } from 'react';
import { deleteResourceShare } from '../../aws/ram.js';
import { ClientTokens } from '../../forms/client-tokens.js';
import { current, idOfArn, type OwnShare } from '../../model/share.js';
import { DeleteDialog } from '../../parts/delete-dialog.js';
import { useSession } from '../../parts/session.js';

interface DeleteSharesProps {
  readonly shares: readonly OwnShare[];
  readonly onClose: (deleted: readonly string[]) => void;
}

/** The dialog. */
export function DeleteShares({ shares, onClose }: DeleteSharesProps) {
  const { client } = useSession();
  const tokens = useMemo(() => new ClientTokens(), []);
  const nameOf = new Map(shares.map(({ id, name }) => [id, name]));
  const arnOf = new Map(shares.map(({ id, resourceShareArn }) => [id, resourceShareArn]));
  const remove = (id: string): Promise<void> => {
    const arn = arnOf.get(id) ?? '';
    return deleteResourceShare(client, arn, tokens.of(arn, arn));
  };
  return (
    <DeleteDialog
      items={shares.map(({ id, name }) => ({ id, name }))}
      long="resource share"
      consequence={<Losses shares={shares} />}
      remove={remove}
      onClose={onClose}
      successText={({ id }) => `Deleted resource share ${nameOf.get(id) ?? id}`}
    />
  );
}

function Losses({ shares }: Pick<DeleteSharesProps, 'shares'>) {
  const losses = shares.filter(
    ({ resources, principals }) => current(resources).length * current(principals).length > 0,
  );
  return (
    <>
      {losses.map(({ id, name, resources, principals }) => (
        <div key={id}>
          {name}: {entities(current(principals))} can no longer use {entities(current(resources))}.
        </div>
      ))}
      <div>
        {losses.length > 0 && 'Their sessions to these targets stop. '}
        There is no undo.
      </div>
    </>
  );
}

function entities(associations: OwnShare['resources']): string {
  return associations.map(({ associatedEntity }) => idOfArn(associatedEntity)).join(', ');
}
