/** The dialog that invites accounts to a resource share. */
import { callRam } from '../../aws/ram.js';
import {
  NO_PRINCIPALS,
  type PrincipalsValue,
  principalsOf,
  principalsProblem,
  shareFieldOf,
} from '../../forms/share.js';
import type { OwnShare } from '../../model/share.js';
import { useFlash } from '../../parts/flash.js';
import { FormModal } from '../../parts/form-page.js';
import { useSession } from '../../parts/session.js';
import { useForm } from '../../parts/use-form.js';
import { PrincipalsField } from './principals-field.js';

interface AddPrincipalsProps {
  readonly share: OwnShare;
  readonly onClose: (changed: boolean) => void;
}

/** The dialog. */
export function AddPrincipals({ share, onClose }: AddPrincipalsProps) {
  const { client, identity } = useSession();
  const flash = useFlash();
  const { resourceShareArn, name } = share;
  const form = useForm<{ principals: PrincipalsValue }>({
    initial: { principals: NO_PRINCIPALS },
    validate: ({ principals }) => ({
      principals:
        principalsOf(principals).length === 0
          ? 'Enter an account.'
          : principalsProblem(principals, identity.account),
    }),
    // A dialog has no box for external accounts: their refusal belongs to the account.
    fieldOf: (error) => {
      const field = shareFieldOf(error);
      return field === 'allowExternalPrincipals' ? 'principals' : field;
    },
    send: async (values, tokens) => {
      const principals = principalsOf(values.principals);
      const input = { resourceShareArn, principals };
      await callRam(client, 'AssociateResourceShare', {
        ...input,
        clientToken: tokens.of('associate', input),
      });
      flash.success(
        `Invited ${principals.join(', ')} to resource share ${name}. Invitations expire after 12 hours.`,
      );
      onClose(true);
    },
  });
  return (
    <FormModal
      title="Add principals"
      form={form}
      submitLabel="Add principals"
      onCancel={() => onClose(false)}
    >
      <PrincipalsField {...form.bind('principals')} />
    </FormModal>
  );
}
