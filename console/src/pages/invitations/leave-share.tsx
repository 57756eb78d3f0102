/** The dialog that leaves a share of another account. */
import Alert from '@cloudscape-design/components/alert';
import { callRam } from '../../aws/ram.js';
import type { SharedWithMe } from '../../model/shared-with-me.js';
import { useFlash } from '../../parts/flash.js';
import { FormModal } from '../../parts/form-page.js';
import { useSession } from '../../parts/session.js';
import { useForm } from '../../parts/use-form.js';

interface LeaveShareProps {
  readonly share: SharedWithMe;
  readonly onClose: (left: boolean) => void;
}

/** The dialog. */
export function LeaveShare({ share: { name, ownerId, resourceShareArn }, onClose }: LeaveShareProps) {
  const { client, identity } = useSession();
  const flash = useFlash();
  const form = useForm<object>({
    initial: {},
    validate: () => ({}),
    send: async (_values, tokens) => {
      const input = { resourceShareArn, principals: [identity.account] };
      await callRam(client, 'DisassociateResourceShare', {
        ...input,
        clientToken: tokens.of('leave', input),
      });
      flash.success(`Left resource share ${name}`);
      onClose(true);
    },
  });
  return (
    <FormModal title="Leave resource share" form={form} submitLabel="Leave" onCancel={() => onClose(false)}>
      <Alert type="warning">
        Your sessions to the targets of {name} stop. To have it again, account {ownerId} has to invite you
        again.
      </Alert>
    </FormModal>
  );
}
