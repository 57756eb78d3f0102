/** The dialog that takes targets and principals out of a resource share. */
import Alert from '@cloudscape-design/components/alert';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { callRam } from '../../aws/ram.js';
import { current, idOfArn, type OwnShare, type ShareAssociation } from '../../model/share.js';
import { useFlash } from '../../parts/flash.js';
import { FormModal } from '../../parts/form-page.js';
import { useSession } from '../../parts/session.js';
import { type Bound, useForm } from '../../parts/use-form.js';

interface RemoveProps {
  readonly share: OwnShare;
  readonly onClose: (changed: boolean) => void;
}

interface Values {
  /** ARNs of targets. */
  readonly resources: readonly string[];
  readonly principals: readonly string[];
}

/** The dialog. */
export function RemoveAssociations({ share, onClose }: RemoveProps) {
  const { client } = useSession();
  const flash = useFlash();
  const { resourceShareArn, name } = share;
  const form = useForm<Values>({
    initial: { resources: [], principals: [] },
    validate: ({ resources, principals }) => ({
      resources: resources.length + principals.length === 0 ? 'Choose what is removed.' : undefined,
    }),
    fieldOf: () => undefined,
    send: async ({ resources, principals }, tokens) => {
      const input = { resourceShareArn, resourceArns: resources, principals };
      await callRam(client, 'DisassociateResourceShare', {
        ...input,
        clientToken: tokens.of('disassociate', input),
      });
      flash.success(
        `Removed ${[...resources, ...principals].map(idOfArn).join(', ')} from resource share ${name}`,
      );
      onClose(true);
    },
  });
  return (
    <FormModal
      title="Remove from resource share"
      form={form}
      submitLabel="Remove"
      onCancel={() => onClose(false)}
    >
      <SpaceBetween size="l">
        <Choice label="Targets" items={current(share.resources)} {...form.bind('resources')} />
        <Choice label="Principals" items={current(share.principals)} {...form.bind('principals')} />
        <Alert type="warning">
          Sessions of other accounts to a target stop when the account has no other share of it. An account
          that is added again has to accept again.
        </Alert>
      </SpaceBetween>
    </FormModal>
  );
}

interface ChoiceProps extends Bound<readonly string[]> {
  readonly label: string;
  readonly items: readonly ShareAssociation[];
}

function Choice({ label, items, path, value, onChange, error }: ChoiceProps) {
  if (items.length === 0 && error === undefined) return null;
  return (
    <div data-field={path} data-problem={error !== undefined}>
      <FormField label={label} errorText={error}>
        <SpaceBetween size="xxs">
          {items.map(({ associatedEntity: entity }) => (
            <Checkbox
              key={entity}
              checked={value.includes(entity)}
              onChange={({ detail }) =>
                onChange(detail.checked ? [...value, entity] : value.filter((one) => one !== entity))
              }
            >
              {idOfArn(entity)}
            </Checkbox>
          ))}
        </SpaceBetween>
      </FormField>
    </div>
  );
}
