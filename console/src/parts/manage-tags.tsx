/** The page Manage tags, of every kind of resource in EC2. */
import Alert from '@cloudscape-design/components/alert';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useEffect, useState } from 'react';
import type { Client } from '../aws/client.js';
import { callEc2, type Describe, listAll } from '../aws/ec2.js';
import { removesFirst, rowsOf, type TagRow, tagChanges, tagsProblem } from '../forms/tags.js';
import type { Kind } from '../model/kinds.js';
import type { Tag, Tagged } from '../model/tags.js';
import { FlashLink, useFlash } from './flash.js';
import { FormPage } from './form-page.js';
import { ErrorAlert } from './refusal.js';
import { useNavigate, useRoute } from './router.js';
import { useSession } from './session.js';
import { TagsSection } from './tags-section.js';
import { useForm } from './use-form.js';
import { useRead } from './use-read.js';

interface ManageTagsPageProps<T extends Tagged> {
  readonly kind: Kind;
  readonly describe: Describe<T>;
  /** The heading of the list's page, for the breadcrumbs: `Mirror targets`. */
  readonly listTitle: string;
  /** The button; `Save changes` unless given. */
  readonly submitLabel?: string;
}

/** The page. Its route has the parameter `id`. */
export function ManageTagsPage<T extends Tagged>({
  kind,
  describe,
  listTitle,
  submitLabel,
}: ManageTagsPageProps<T>) {
  const { id = '' } = useRoute().params;
  const read = useRead((client, signal) => readTags(client, describe, id, signal), id);
  if (read.data === undefined) {
    if (read.error !== undefined) return <ErrorAlert error={read.error} onRetry={read.refresh} />;
    return <StatusIndicator type="loading">Loading tags</StatusIndicator>;
  }
  return (
    <TagsForm
      kind={kind}
      id={id}
      tags={read.data}
      reload={read.refresh}
      listTitle={listTitle}
      submitLabel={submitLabel ?? 'Save changes'}
    />
  );
}

type TagAction = 'CreateTags' | 'DeleteTags';

/** What is said when the first call succeeded and the second did not. */
const HALVES: Readonly<Record<TagAction, string>> = {
  CreateTags: 'The new and changed tags are saved. The removed ones are still there.',
  DeleteTags: 'The removed tags are gone. The new and changed ones are not saved.',
};

interface TagsFormProps {
  readonly kind: Kind;
  readonly id: string;
  readonly tags: readonly Tag[];
  readonly reload: () => void;
  readonly listTitle: string;
  readonly submitLabel: string;
}

function TagsForm({ kind, id, tags, reload, listTitle, submitLabel }: TagsFormProps) {
  const { client } = useSession();
  const flash = useFlash();
  const navigate = useNavigate();
  const [half, setHalf] = useState<TagAction>();
  const href = kind.hrefOf(id);
  const form = useForm<{ tags: readonly TagRow[] }>({
    initial: { tags: rowsOf(tags) },
    validate: (values) => ({ tags: tagsProblem(values.tags) }),
    send: async (values) => {
      const changes = tagChanges(tags, values.tags);
      const { create, remove } = changes;
      const calls: [TagAction, Readonly<Record<string, string>>[]][] = [
        ['CreateTags', create.map(({ key, value }) => ({ Key: key, Value: value }))],
        ['DeleteTags', remove.map((Key) => ({ Key }))],
      ];
      if (removesFirst(tags, changes)) calls.reverse();
      let done: TagAction | undefined;
      for (const [action, Tag] of calls) {
        if (Tag.length === 0) continue;
        try {
          await callEc2(client, action, { ResourceId: [id], Tag });
        } catch (error) {
          setHalf(done);
          if (done !== undefined) reload();
          throw error;
        }
        done = action;
      }
      const changed = create.length + remove.length > 0;
      if (changed)
        flash.success(
          <>
            Updated tags of <FlashLink href={href}>{id}</FlashLink>
          </>,
        );
      navigate(`${href}?tab=tags`, true);
    },
  });
  const { reset } = form;
  useEffect(() => {
    if (half === undefined) reset({ tags: rowsOf(tags) });
  }, [tags, half, reset]);
  return (
    <FormPage
      title="Manage tags"
      description={id}
      breadcrumbs={[
        { text: listTitle, href: kind.listHref },
        { text: id, href },
        { text: 'Manage tags', href: `${href}/tags` },
      ]}
      form={form}
      submitLabel={submitLabel}
      cancelHref={`${href}?tab=tags`}
    >
      {half !== undefined && (
        <Alert type="warning" header="Only the first half is done">
          {HALVES[half]}
        </Alert>
      )}
      <TagsSection resourceType={kind.type} {...form.bind('tags')} />
    </FormPage>
  );
}

async function readTags<T extends Tagged>(
  client: Client,
  describe: Describe<T>,
  id: string,
  signal: AbortSignal,
): Promise<readonly Tag[]> {
  const [item] = await listAll(client, describe, { ids: [id], signal });
  return item?.tags ?? [];
}
