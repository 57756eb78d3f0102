/** The fields of a new target: of the page that creates one, and of the dialog of the session forms. */
import SpaceBetween from '@cloudscape-design/components/space-between';
import { callEc2 } from '../../aws/ec2.js';
import { objectAt, textAt } from '../../aws/xml.js';
import {
  EMPTY_TARGET,
  type TargetValues,
  targetFieldOf,
  targetParameters,
  targetProblems,
} from '../../forms/target.js';
import { KINDS } from '../../model/kinds.js';
import { TARGET_TYPES, type TargetType } from '../../model/target.js';
import { AutosuggestField, SelectField, TextField } from '../../parts/fields.js';
import { FlashLink, useFlash } from '../../parts/flash.js';
import { FormModal, FormSection } from '../../parts/form-page.js';
import { useSession } from '../../parts/session.js';
import { TagsSection } from '../../parts/tags-section.js';
import { type Form, useForm } from '../../parts/use-form.js';
import { useReceivers } from './use-receivers.js';

const TYPE_OPTIONS = Object.entries(TARGET_TYPES).map(([value, label]) => ({ value, label }));

/** What the field Target asks for, by type. */
const RECEIVER_HINTS = {
  'network-interface': 'The network interface that receives the copies: an ID, or an address.',
  'network-load-balancer': 'The ARN of the load balancer. It needs a UDP listener on port 4789.',
  'gateway-load-balancer-endpoint': 'The ID of the endpoint.',
} as const satisfies Record<TargetType, string>;

/** The form of a new target. @param onCreated called with the id, after the success was said */
export function useTargetForm(onCreated: (targetId: string) => void): Form<TargetValues> {
  const { client } = useSession();
  const flash = useFlash();
  return useForm<TargetValues>({
    initial: EMPTY_TARGET,
    validate: targetProblems,
    fieldOf: targetFieldOf,
    send: async (values, tokens) => {
      const parameters = targetParameters(values);
      const ClientToken = tokens.of('create', parameters);
      const response = await callEc2(client, 'CreateTrafficMirrorTarget', { ...parameters, ClientToken });
      const id = textAt(objectAt(response, 'trafficMirrorTarget'), 'trafficMirrorTargetId') ?? '';
      flash.success(
        <>
          Created traffic mirror target <FlashLink href={KINDS.target.hrefOf(id)}>{id}</FlashLink>
          {values.name !== '' && ` (${values.name})`}
        </>,
      );
      onCreated(id);
    },
  });
}

/** The fields, in the sections of the page. */
export function TargetFields({ form }: { readonly form: Form<TargetValues> }) {
  const { type } = form.values;
  const receivers = useReceivers(type);
  return (
    <SpaceBetween size="l">
      <FormSection title="Target settings">
        <TextField label="Name tag" optional {...form.bind('name')} />
        <TextField label="Description" optional {...form.bind('description')} />
        <SelectField
          label="Target type"
          options={TYPE_OPTIONS}
          {...form.bind('type')}
          onChange={(value: string) => {
            if (value === type) return;
            form.set('type', value as TargetType);
            form.set('receiver', '');
          }}
        />
        <AutosuggestField
          label="Target"
          description={RECEIVER_HINTS[type]}
          options={receivers.suggestions}
          loading={receivers.loading}
          empty="No suggestions"
          {...form.bind('receiver')}
        />
      </FormSection>
      <TagsSection resourceType={KINDS.target.type} hasNameField {...form.bind('tags')} />
    </SpaceBetween>
  );
}

interface CreateTargetModalProps {
  /** Called with the id of the new target. */
  readonly onCreated: (targetId: string) => void;
  readonly onCancel: () => void;
}

/** The dialog `Create target` of the session forms. Render it only while it is open, outside the form it belongs to. */
export function CreateTargetModal({ onCreated, onCancel }: CreateTargetModalProps) {
  const form = useTargetForm(onCreated);
  return (
    <FormModal title="Create target" form={form} submitLabel="Create" onCancel={onCancel}>
      <TargetFields form={form} />
    </FormModal>
  );
}
