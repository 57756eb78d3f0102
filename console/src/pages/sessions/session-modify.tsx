/** The page Modify session. */
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { useState } from 'react';
import { callEc2 } from '../../aws/ec2.js';
import { type SessionSettings, settingsProblems } from '../../forms/session-create.js';
import { modifyParameters, settingsOf } from '../../forms/session-modify.js';
import { KINDS } from '../../model/kinds.js';
import { SESSIONS, type Session } from '../../model/session.js';
import { takenNumbers } from '../../model/sources.js';
import { DetailsPage, KeyValues } from '../../parts/details.js';
import { TextField } from '../../parts/fields.js';
import { FlashLink, useFlash } from '../../parts/flash.js';
import { FormPage, FormSection } from '../../parts/form-page.js';
import { useNavigate, useRoute } from '../../parts/router.js';
import { useSession } from '../../parts/session.js';
import { type Form, useForm } from '../../parts/use-form.js';
import { useDescribe } from '../../parts/use-listing.js';
import { CreateFilterModal } from '../filters/create-filter-modal.js';
import { CreateTargetModal } from '../targets/target-fields.js';
import { type SessionChoices, useSessionChoices } from './session-choices.js';
import { AdditionalSettings, MirrorTargetField } from './session-fields.js';
import { useNames } from './session-names.js';

const LIST_HREF = KINDS.session.listHref;

/** The page: its route has the parameter `id`. */
export function SessionModify() {
  const { id = '' } = useRoute().params;
  const { items, loading, error, refresh } = useDescribe(SESSIONS, { ids: [id] });
  const session = items.find((one) => one.trafficMirrorSessionId === id);
  // A list that is read again must not take away what is typed.
  const [first, setFirst] = useState<Session>();
  if (first?.trafficMirrorSessionId !== id && session !== undefined) setFirst(session);
  if (first?.trafficMirrorSessionId === id) return <ModifyForm key={id} session={first} />;
  return (
    <DetailsPage
      title="Modify session"
      one="session"
      listHref={LIST_HREF}
      breadcrumbs={breadcrumbsOf(id)}
      item={undefined}
      loading={loading}
      error={error}
      onRetry={refresh}
    >
      {() => null}
    </DetailsPage>
  );
}

function ModifyForm({ session }: { readonly session: Session }) {
  const id = session.trafficMirrorSessionId;
  const choices = useSessionChoices();
  const names = useNames({ target: session.trafficMirrorTargetId, filter: session.trafficMirrorFilterId });
  const [creating, setCreating] = useState<'target' | 'filter'>();
  const form = useModifyForm(session, choices);
  const close = (): void => setCreating(undefined);
  return (
    <>
      <FormPage
        title="Modify session"
        description={id}
        form={form}
        submitLabel="Modify"
        cancelHref={KINDS.session.hrefOf(id)}
        breadcrumbs={breadcrumbsOf(id)}
      >
        <FormSection title="Session settings">
          <KeyValues
            columns={2}
            items={[
              { label: 'Session ID', value: id },
              { label: 'Mirror source', value: names.sourceText(session.networkInterfaceId) },
            ]}
          />
          <TextField label="Description" optional {...form.bind('description')} />
          <MirrorTargetField
            bound={form.bind('trafficMirrorTargetId')}
            choices={choices}
            onCreate={() => setCreating('target')}
          />
        </FormSection>
        <AdditionalSettings
          form={form}
          choices={choices}
          sessionNumber={form.bind('sessionNumber')}
          takenText={takenText(session, choices)}
          vniText="The VXLAN network identifier of the copies. Emptied: a new random one is taken."
          lengthOffer={<EntirePacket session={session} form={form} choices={choices} />}
          onCreateFilter={() => setCreating('filter')}
        />
        {form.values.virtualNetworkId.trim() === '' && (
          <Alert type="warning">
            The session gets a new random VNI. The receiver has to take copies of that one.
          </Alert>
        )}
      </FormPage>
      {creating === 'target' && (
        <CreateTargetModal
          onCreated={(targetId) => {
            close();
            form.set('trafficMirrorTargetId', targetId);
            choices.targets.refresh();
          }}
          onCancel={close}
        />
      )}
      {creating === 'filter' && (
        <CreateFilterModal
          onCreated={(filterId) => {
            close();
            form.set('trafficMirrorFilterId', filterId);
            choices.filters.refresh();
          }}
          onCancel={close}
        />
      )}
    </>
  );
}

function useModifyForm(session: Session, choices: SessionChoices): Form<SessionSettings> {
  const { client } = useSession();
  const flash = useFlash();
  const navigate = useNavigate();
  const href = KINDS.session.hrefOf(session.trafficMirrorSessionId);
  return useForm<SessionSettings>({
    initial: settingsOf(session),
    validate: (values) => settingsProblems(values, choices.isLoadBalanced(values.trafficMirrorTargetId)),
    send: async (values) => {
      const parameters = modifyParameters(session, values);
      if (parameters !== undefined) {
        await callEc2(client, 'ModifyTrafficMirrorSession', parameters);
        flash.success(
          <>
            Modified traffic mirror session{' '}
            <FlashLink href={href}>{session.trafficMirrorSessionId}</FlashLink>
          </>,
        );
      }
      navigate(href, true);
    },
  });
}

interface EntirePacketProps {
  readonly session: Session;
  readonly form: Form<SessionSettings>;
  readonly choices: SessionChoices;
}

/** The 8500 of a load balancer stays when the target becomes an interface: offers to mirror all. */
function EntirePacket({ session, form, choices }: EntirePacketProps) {
  const { trafficMirrorTargetId: targetId, packetLength } = form.values;
  const known = choices.targets.items.some((one) => one.trafficMirrorTargetId === targetId);
  const wasBalanced = choices.isLoadBalanced(session.trafficMirrorTargetId);
  if (!known || !wasBalanced || choices.isLoadBalanced(targetId) || packetLength === '') return null;
  return (
    <Alert
      type="info"
      action={
        <Button formAction="none" onClick={() => form.set('packetLength', '')}>
          Mirror the entire packet
        </Button>
      }
    >
      The packet length of the load balancer stays: {packetLength} bytes.
    </Alert>
  );
}

function breadcrumbsOf(id: string) {
  const href = KINDS.session.hrefOf(id);
  return [
    { text: 'Mirror sessions', href: LIST_HREF },
    { text: id, href },
    { text: 'Modify session', href: `${href}/modify` },
  ];
}

/** `Taken by other sessions of the source: 1, 2.` */
function takenText(session: Session, { sessions }: SessionChoices): string {
  const others = sessions.items.filter(
    (one) => one.trafficMirrorSessionId !== session.trafficMirrorSessionId,
  );
  const taken = takenNumbers(others).get(session.networkInterfaceId) ?? [];
  return taken.length === 0 ? '' : `Taken by other sessions of the source: ${taken.join(', ')}.`;
}
