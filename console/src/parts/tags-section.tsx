/** The section Tags of forms. */
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TagEditor, { type TagEditorProps } from '@cloudscape-design/components/tag-editor';
import { useCallback } from 'react';
import { TAG_LIMITS } from '../../../src/resources/tags.js';
import { callEc2 } from '../aws/ec2.js';
import { listAt, textAt } from '../aws/xml.js';
import type { TagRow } from '../forms/tags.js';
import { FormSection } from './form-page.js';
import { useSession } from './session.js';
import type { Bound } from './use-form.js';

/** Suggestions are of so many tags at most. */
const MAXIMUM_SUGGESTIONS = 100;

const STRINGS: TagEditorProps.I18nStrings = {
  addButton: 'Add tag',
  removeButton: 'Remove',
  removeButtonAriaLabel: ({ key }) => `Remove tag ${key}`,
  undoButton: 'Undo',
  keyHeader: 'Key',
  valueHeader: 'Value',
  optional: 'optional',
  emptyTags: 'No tags',
  keyPlaceholder: 'Enter key',
  valuePlaceholder: 'Enter value',
  tagLimit: (available) => `${available} more tags can be added.`,
};

interface TagsSectionProps extends Bound<readonly TagRow[]> {
  /** As DescribeTags has it, for suggestions; absent: no suggestions. */
  readonly resourceType?: string;
  /** The form has the field Name tag: the editor then takes one tag less. */
  readonly hasNameField?: boolean;
}

/** The section. Its value takes `tagsProblem` as validator. */
export function TagsSection({
  path,
  value,
  onChange,
  error,
  resourceType,
  hasNameField = false,
}: TagsSectionProps) {
  return (
    <FormSection title="Tags" description="Labels by which you find and group resources.">
      <div data-field={path} data-problem={error !== undefined}>
        <SpaceBetween size="s">
          <TagRows
            value={value}
            onChange={onChange}
            resourceType={resourceType}
            hasNameField={hasNameField}
          />
          {error !== undefined && <FormField errorText={error} />}
        </SpaceBetween>
      </div>
    </FormSection>
  );
}

interface TagRowsProps {
  readonly value: readonly TagRow[];
  readonly onChange: (rows: readonly TagRow[]) => void;
  readonly resourceType: string | undefined;
  readonly hasNameField: boolean;
}

function TagRows({ value, onChange, resourceType, hasNameField }: TagRowsProps) {
  const suggest = useTagSuggestions(resourceType);
  return (
    <TagEditor
      tags={value}
      tagLimit={TAG_LIMITS.tags - (hasNameField ? 1 : 0)}
      allowedCharacterPattern=".*"
      i18nStrings={STRINGS}
      keysRequest={(key) => suggest('key', [{ Name: 'key', Value: [`*${key}*`] }])}
      valuesRequest={(key, text) =>
        suggest('value', [
          { Name: 'key', Value: [key] },
          { Name: 'value', Value: [`*${text}*`] },
        ])
      }
      onChange={({ detail }) => onChange(detail.tags)}
    />
  );
}

/** Keys or values of tags that resources of the kind have. */
function useTagSuggestions(resourceType: string | undefined) {
  const { client } = useSession();
  return useCallback(
    async (
      what: 'key' | 'value',
      filters: readonly { Name: string; Value: string[] }[],
    ): Promise<string[]> => {
      if (resourceType === undefined) return [];
      const Filter = [{ Name: 'resource-type', Value: [resourceType] }, ...filters];
      const response = await callEc2(client, 'DescribeTags', { MaxResults: 1000, Filter });
      const found = new Set(listAt(response, 'tagSet').map((tag) => textAt(tag, what) ?? ''));
      return [...found].slice(0, MAXIMUM_SUGGESTIONS);
    },
    [client, resourceType],
  );
}
