/** The fields that create a filter: on the page Create traffic mirror filter, and in a modal of the session form. */
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { filterHints, RULES_PER_FILTER } from '../../forms/filter-hints.js';
import { KINDS } from '../../model/kinds.js';
import { CheckboxField, TextField } from '../../parts/fields.js';
import { useFlash } from '../../parts/flash.js';
import { FormSection } from '../../parts/form-page.js';
import { IdLink } from '../../parts/links.js';
import { TagsSection } from '../../parts/tags-section.js';
import { ExamplePicker } from './example-picker.js';
import { RuleRows } from './rule-rows.js';
import type { FilterCreation } from './use-filter-creation.js';

/** All fields, and after a failure in the middle what is made and what can be done. */
export function FilterFields({ creation }: { readonly creation: FilterCreation }) {
  const { form, progress } = creation;
  const made = progress.filterId !== undefined;
  return (
    <SpaceBetween size="l">
      {made && <Unfinished creation={creation} />}
      <FormSection title="Filter settings">
        <TextField label="Name tag" optional disabled={made} {...form.bind('name')} />
        <TextField label="Description" optional disabled={made} {...form.bind('description')} />
        {!made && <ExamplePicker form={form} />}
      </FormSection>
      <FormSection
        title="Network services"
        description="All traffic of a service goes to the target, in both directions, whatever the rules say."
      >
        <CheckboxField label="amazon-dns" disabled={progress.services} {...form.bind('amazonDns')} />
      </FormSection>
      <RuleRows direction="ingress" form={form} progress={progress} />
      <RuleRows direction="egress" form={form} progress={progress} />
      <Hints creation={creation} />
      {!made && <TagsSection resourceType="traffic-mirror-filter" hasNameField {...form.bind('tags')} />}
    </SpaceBetween>
  );
}

function Hints({ creation: { form } }: { readonly creation: FilterCreation }) {
  const { ingress, egress } = form.values;
  const count = ingress.length + egress.length;
  return (
    <SpaceBetween size="xs">
      {filterHints(form.values).map(({ type, text }) => (
        <Alert key={text} type={type}>
          {text}
        </Alert>
      ))}
      {count > 0 && (
        <span>
          {count} of {RULES_PER_FILTER} rules
        </span>
      )}
    </SpaceBetween>
  );
}

/** The filter is there with a part of its rules. */
function Unfinished({ creation: { form, progress, discard } }: { readonly creation: FilterCreation }) {
  const flash = useFlash();
  const [deleting, setDeleting] = useState(false);
  const id = progress.filterId ?? '';
  const count = form.values.ingress.length + form.values.egress.length;
  const remove = async (): Promise<void> => {
    setDeleting(true);
    try {
      await discard();
      flash.success(`Deleted traffic mirror filter ${id}`);
    } catch (error) {
      flash.failure(error, { header: `Deleting ${id} failed` });
    } finally {
      setDeleting(false);
    }
  };
  return (
    <Alert
      type="warning"
      header="The filter is not complete"
      action={
        <Button formAction="none" loading={deleting} disabled={form.submitting} onClick={remove}>
          Delete filter
        </Button>
      }
    >
      The filter <IdLink id={id} href={KINDS.filter.hrefOf(id)} /> exists with {progress.rules.length} of{' '}
      {count} rules. Mend what was refused and create the remaining rules, or delete the filter.
    </Alert>
  );
}
