/** Manage tags of a resource share. */
import Alert from '@cloudscape-design/components/alert';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useEffect, useState } from 'react';
import { callRam } from '../../aws/ram.js';
import { shareFieldOf } from '../../forms/share.js';
import { rowsOf, type TagRow, tagChanges, tagsProblem } from '../../forms/tags.js';
import { type ResourceShare, shareArn, shareHref } from '../../model/share.js';
import { FlashLink, useFlash } from '../../parts/flash.js';
import { FormPage } from '../../parts/form-page.js';
import { ErrorAlert } from '../../parts/refusal.js';
import { useNavigate, useRoute } from '../../parts/router.js';
import { useSession } from '../../parts/session.js';
import { TagsSection } from '../../parts/tags-section.js';
import { useForm } from '../../parts/use-form.js';
import { useRead } from '../../parts/use-read.js';
import { readShares } from './read-shares.js';

const LIST_HREF = '#/shares';

/** The page. Its route has the parameter `id`, the end of the ARN. */
export function ShareTags() {
  const { id = '' } = useRoute().params;
  const { identity, region } = useSession();
  const arn = shareArn(region, identity.account, id);
  const read = useRead((client, signal) => readShares(client, { arns: [arn] }, signal), arn);
  const share = read.data?.[0];
  if (share !== undefined) return <TagsForm share={share} id={id} reload={read.refresh} />;
  if (read.error !== undefined) return <ErrorAlert error={read.error} onRetry={read.refresh} />;
  return <StatusIndicator type="loading">Loading tags</StatusIndicator>;
}

interface TagsFormProps {
  readonly share: ResourceShare;
  readonly id: string;
  readonly reload: () => void;
}

function TagsForm({ share, id, reload }: TagsFormProps) {
  const { client } = useSession();
  const flash = useFlash();
  const navigate = useNavigate();
  const [half, setHalf] = useState(false);
  const { resourceShareArn, name, tags = [] } = share;
  const href = shareHref(id);
  const form = useForm<{ tags: readonly TagRow[] }>({
    initial: { tags: rowsOf(tags) },
    validate: (values) => ({ tags: tagsProblem(values.tags) }),
    fieldOf: shareFieldOf,
    send: async (values) => {
      const { create, remove } = tagChanges(tags, values.tags);
      if (remove.length > 0) await callRam(client, 'UntagResource', { resourceShareArn, tagKeys: remove });
      try {
        if (create.length > 0) await callRam(client, 'TagResource', { resourceShareArn, tags: create });
      } catch (error) {
        if (remove.length > 0) {
          setHalf(true);
          reload();
        }
        throw error;
      }
      if (create.length + remove.length > 0) {
        flash.success(
          <>
            Updated tags of <FlashLink href={href}>{name}</FlashLink>
          </>,
        );
      }
      navigate(`${href}?tab=tags`, true);
    },
  });
  const { reset } = form;
  useEffect(() => {
    if (!half) reset({ tags: rowsOf(share.tags ?? []) });
  }, [share.tags, half, reset]);
  return (
    <FormPage
      title="Manage tags"
      description={name}
      breadcrumbs={[
        { text: 'Shared by me', href: LIST_HREF },
        { text: name, href },
        { text: 'Manage tags', href: `${href}/tags` },
      ]}
      form={form}
      submitLabel="Save changes"
      cancelHref={`${href}?tab=tags`}
    >
      {half && (
        <Alert type="warning" header="Only the first half is done">
          The removed tags are gone. The new and changed ones are not saved.
        </Alert>
      )}
      <TagsSection {...form.bind('tags')} />
    </FormPage>
  );
}
