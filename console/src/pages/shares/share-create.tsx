/** Create resource share. */
import { callRam } from '../../aws/ram.js';
import {
  NO_PRINCIPALS,
  principalsOf,
  type ShareValues,
  shareFieldOf,
  shareInput,
  shareProblems,
} from '../../forms/share.js';
import { idOfArn, type ResourceShare, shareHref } from '../../model/share.js';
import { CheckboxField, SelectField, TextField } from '../../parts/fields.js';
import { FlashLink, useFlash } from '../../parts/flash.js';
import { FormPage, FormSection } from '../../parts/form-page.js';
import { useNavigate, useRoute } from '../../parts/router.js';
import { useSession } from '../../parts/session.js';
import { TagsSection } from '../../parts/tags-section.js';
import { useForm } from '../../parts/use-form.js';
import { PrincipalsField } from './principals-field.js';
import { TargetChoice } from './target-choice.js';

const TITLE = 'Create resource share';
const LIST_HREF = '#/shares';
const BREADCRUMBS = [
  { text: 'Shared by me', href: LIST_HREF },
  { text: 'Resource shares', href: LIST_HREF },
  { text: TITLE, href: '#/shares/create' },
];
const RESOURCE_TYPES = [{ value: 'traffic-mirror-target', label: 'Traffic Mirror Targets' }];

/** The page. The address may name a target that is chosen already: `?target=tmt-…`. */
export function ShareCreate() {
  const { client, identity, region } = useSession();
  const { account } = identity;
  const { query } = useRoute();
  const flash = useFlash();
  const navigate = useNavigate();
  const form = useForm<ShareValues>({
    initial: {
      name: '',
      resourceType: 'traffic-mirror-target',
      targetIds: query.getAll('target'),
      principals: NO_PRINCIPALS,
      allowExternalPrincipals: true,
      tags: [],
    },
    validate: (values) => shareProblems(values, account),
    fieldOf: shareFieldOf,
    send: async (values, tokens) => {
      const input = shareInput(values, { region, account });
      const clientToken = tokens.of('create', input);
      const { resourceShare } = await callRam<{ readonly resourceShare: ResourceShare }>(
        client,
        'CreateResourceShare',
        { ...input, clientToken },
      );
      const href = shareHref(idOfArn(resourceShare.resourceShareArn));
      flash.success(
        <>
          Created resource share <FlashLink href={href}>{values.name}</FlashLink>
          {invitedText(principalsOf(values.principals))}
        </>,
      );
      navigate(LIST_HREF, true);
    },
  });
  const type = form.bind('resourceType');
  return (
    <FormPage title={TITLE} breadcrumbs={BREADCRUMBS} form={form} submitLabel={TITLE} cancelHref={LIST_HREF}>
      <FormSection title="Description">
        <TextField label="Name" {...form.bind('name')} />
      </FormSection>
      <FormSection title="Resources" description="The mirror targets that other accounts may use.">
        <SelectField label="Select resource type" options={RESOURCE_TYPES} {...type} onChange={() => {}} />
        <TargetChoice {...form.bind('targetIds')} />
      </FormSection>
      <FormSection title="Accounts" description="Who may use the targets, once the invitation is accepted.">
        <PrincipalsField {...form.bind('principals')} />
        <CheckboxField
          label="Allow external accounts"
          description="Accounts outside your organization may be invited."
          {...form.bind('allowExternalPrincipals')}
        />
      </FormSection>
      <TagsSection {...form.bind('tags')} />
    </FormPage>
  );
}

function invitedText(principals: readonly string[]): string {
  if (principals.length === 0) return '. Nobody is invited yet.';
  const who = principals.length === 1 ? '1 account is invited' : `${principals.length} accounts are invited`;
  return `; ${who}. Invitations expire after 12 hours.`;
}
