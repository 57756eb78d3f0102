/** The dialog that puts targets into a resource share. */
import { callRam } from '../../aws/ram.js';
import { shareFieldOf } from '../../forms/share.js';
import { current, idOfArn, type OwnShare, targetArn } from '../../model/share.js';
import { useFlash } from '../../parts/flash.js';
import { FormModal } from '../../parts/form-page.js';
import { useSession } from '../../parts/session.js';
import { useForm } from '../../parts/use-form.js';
import { TargetChoice } from './target-choice.js';

interface AddTargetsProps {
  readonly share: OwnShare;
  readonly onClose: (changed: boolean) => void;
}

/** The dialog. */
export function AddTargets({ share, onClose }: AddTargetsProps) {
  const { client, identity, region } = useSession();
  const flash = useFlash();
  const { resourceShareArn, name } = share;
  const form = useForm<{ targetIds: readonly string[] }>({
    initial: { targetIds: [] },
    validate: ({ targetIds }) => ({
      targetIds: targetIds.length === 0 ? 'Select a mirror target.' : undefined,
    }),
    fieldOf: shareFieldOf,
    send: async ({ targetIds }, tokens) => {
      const resourceArns = targetIds.map((id) => targetArn(region, identity.account, id));
      const input = { resourceShareArn, resourceArns };
      await callRam(client, 'AssociateResourceShare', {
        ...input,
        clientToken: tokens.of('associate', input),
      });
      flash.success(`Added ${targetIds.join(', ')} to resource share ${name}`);
      onClose(true);
    },
  });
  return (
    <FormModal title="Add targets" form={form} submitLabel="Add targets" onCancel={() => onClose(false)}>
      <TargetChoice
        {...form.bind('targetIds')}
        without={current(share.resources).map(({ associatedEntity }) => idOfArn(associatedEntity))}
      />
    </FormModal>
  );
}
