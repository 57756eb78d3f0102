/** The page Create traffic mirror session. */
import Alert from '@cloudscape-design/components/alert';
import { useEffect, useRef, useState } from 'react';
import { callEc2 } from '../../aws/ec2.js';
import { numberAt, objectAt, textAt } from '../../aws/xml.js';
import type { ClientTokens } from '../../forms/client-tokens.js';
import { fieldOf } from '../../forms/error-fields.js';
import {
  SESSION_VALUES,
  type SessionValues,
  sessionParameters,
  sessionProblems,
} from '../../forms/session-create.js';
import { type ProposedNumber, proposedNumber } from '../../forms/session-number.js';
import { KINDS } from '../../model/kinds.js';
import { freeSessionNumber } from '../../model/session.js';
import { sourceIdOf, takenNumbers } from '../../model/sources.js';
import { TextField } from '../../parts/fields.js';
import { FlashLink, useFlash } from '../../parts/flash.js';
import { FormPage, FormSection } from '../../parts/form-page.js';
import { useNavigate, useRoute } from '../../parts/router.js';
import { useSession } from '../../parts/session.js';
import { TagsSection } from '../../parts/tags-section.js';
import { type Form, useForm } from '../../parts/use-form.js';
import { CreateFilterModal } from '../filters/create-filter-modal.js';
import { CreateTargetModal } from '../targets/target-fields.js';
import { type SessionChoices, useSessionChoices } from './session-choices.js';
import { AdditionalSettings, MirrorTargetField } from './session-fields.js';
import { SourceFields } from './source-fields.js';

const LIST_HREF = KINDS.session.listHref;

/** The form, and the dialogs that create what it needs. */
export function SessionCreate() {
  const { query } = useRoute();
  const choices = useSessionChoices();
  const [creating, setCreating] = useState<'target' | 'filter'>();
  const [remaining, setRemaining] = useState(false);
  const form = useCreateForm(choices, query.get('source') ?? '', () => setRemaining(true));
  const { values } = form;
  const { number, keep } = useProposedNumber(form, choices);
  const submit = (): Promise<void> => {
    keep();
    return form.submit();
  };
  const ids = sourceIds(values, choices);
  const close = (): void => setCreating(undefined);
  return (
    <>
      <FormPage
        title="Create traffic mirror session"
        form={{ ...form, submit }}
        submitLabel="Create"
        cancelHref={LIST_HREF}
        breadcrumbs={[
          { text: 'Mirror sessions', href: LIST_HREF },
          { text: 'Create traffic mirror session', href: `${LIST_HREF}/create` },
        ]}
      >
        {remaining && (
          <Alert type="warning">
            The sources above the failed one have their sessions already. Those that are left are below.
          </Alert>
        )}
        <FormSection title="Session settings">
          <TextField label="Name tag" optional {...form.bind('name')} />
          <TextField label="Description" optional {...form.bind('description')} />
          <SourceFields form={form} choices={choices} />
          <MirrorTargetField
            bound={form.bind('trafficMirrorTargetId')}
            choices={choices}
            onCreate={() => setCreating('target')}
          />
        </FormSection>
        <AdditionalSettings
          form={form}
          choices={choices}
          sessionNumber={number}
          takenText={takenText(ids, choices)}
          vniText="The VXLAN network identifier of the copies. Empty: a random one that is not used."
          onCreateFilter={() => setCreating('filter')}
        />
        <TagsSection resourceType={KINDS.session.type} hasNameField {...form.bind('tags')} />
      </FormPage>
      {creating === 'target' && (
        <CreateTargetModal
          onCreated={(id) => {
            close();
            form.set('trafficMirrorTargetId', id);
            choices.targets.refresh();
          }}
          onCancel={close}
        />
      )}
      {creating === 'filter' && (
        <CreateFilterModal
          onCreated={(id) => {
            close();
            form.set('trafficMirrorFilterId', id);
            choices.filters.refresh();
          }}
          onCancel={close}
        />
      )}
    </>
  );
}

/** The form: a call for each source. @param onPartial is told when some of the sources failed */
function useCreateForm(choices: SessionChoices, source: string, onPartial: () => void): Form<SessionValues> {
  const { client } = useSession();
  const flash = useFlash();
  const navigate = useNavigate();
  const failed = useRef<{ index: number; partial: boolean }>({ index: 0, partial: false });
  const form = useForm<SessionValues>({
    initial: { ...SESSION_VALUES, sources: [source] },
    validate: (values) => sessionProblems(values, choices.isLoadBalanced(values.trafficMirrorTargetId)),
    // With several sources what was done is no longer in the form, so the error belongs to none of its fields.
    fieldOf: (error) => {
      const field = failed.current.partial ? undefined : fieldOf(error);
      return field === 'networkInterfaceId' ? `sources.${failed.current.index}` : field;
    },
    send: async (values, tokens) => {
      const ids: string[] = [];
      for (const [index, one] of values.sources.entries()) {
        failed.current = { index, partial: index > 0 };
        try {
          const created = await create(values, sourceIdOf(one, choices.interfaces.items), tokens);
          ids.push(created.id);
          const href = `${KINDS.session.hrefOf(created.id)}?tab=live`;
          flash.success(
            <>
              Created traffic mirror session <FlashLink href={href}>{created.id}</FlashLink>, VNI{' '}
              {created.vni}
            </>,
          );
        } catch (error) {
          if (index > 0) {
            form.set('sources', values.sources.slice(index));
            choices.sessions.refresh();
            onPartial();
          }
          throw error;
        }
      }
      const [id = ''] = ids;
      navigate(ids.length === 1 ? `${KINDS.session.hrefOf(id)}?tab=live` : LIST_HREF, true);
    },
  });
  const create = async (values: SessionValues, source: string, tokens: ClientTokens) => {
    const parameters = sessionParameters(values, source);
    const ClientToken = tokens.of(source, parameters);
    const response = await callEc2(client, 'CreateTrafficMirrorSession', { ...parameters, ClientToken });
    const session = objectAt(response, 'trafficMirrorSession');
    return {
      id: textAt(session, 'trafficMirrorSessionId') ?? '',
      vni: numberAt(session, 'virtualNetworkId'),
    };
  };
  return form;
}

/** The field Session number: the lowest free number of the sources, until somebody types another, or it is sent. */
function useProposedNumber(form: Form<SessionValues>, choices: SessionChoices) {
  const { set, values } = form;
  const [typed, setTyped] = useState(false);
  const [sent, setSent] = useState<ProposedNumber>();
  const sources = sourceIds(values, choices);
  const proposal = proposedNumber(sent, sources, freeSessionNumber(choices.sessions.items, ...sources));
  useEffect(() => {
    if (!typed) set('sessionNumber', String(proposal));
  }, [typed, proposal, set]);
  const number = form.bindAt('sessionNumber', values.sessionNumber, (value: string) => {
    setTyped(true);
    set('sessionNumber', value);
  });
  return { number, keep: () => setSent({ sources, number: proposal }) };
}

function sourceIds({ sources }: SessionValues, { interfaces }: SessionChoices): string[] {
  return sources.map((source) => sourceIdOf(source, interfaces.items));
}

/** `Taken: 1, 2 (eni-1).` */
function takenText(sources: readonly string[], { sessions }: SessionChoices): string {
  const numbers = takenNumbers(sessions.items);
  const taken = [...new Set(sources)].flatMap((source) => {
    const own = numbers.get(source) ?? [];
    return own.length === 0 ? [] : [`${own.join(', ')} (${source})`];
  });
  return taken.length === 0 ? '' : `Taken: ${taken.join('; ')}.`;
}
