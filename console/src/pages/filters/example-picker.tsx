/** Fills the rules of the form that creates a filter with those of an example. */
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { cidrBlockProblem } from '../../forms/cidr.js';
import { EXAMPLE_NETWORK, FILTER_EXAMPLES, withExample } from '../../forms/filter-examples.js';
import type { FilterValues } from '../../forms/filter-values.js';
import { SelectField, TextField } from '../../parts/fields.js';
import type { Form } from '../../parts/use-form.js';

const LABEL = 'CIDR block of your network';

/** A section that can be opened: `Start from an example`. */
export function ExamplePicker({ form }: { readonly form: Form<FilterValues> }) {
  const [id, setId] = useState(FILTER_EXAMPLES[0]?.id ?? '');
  const [network, setNetwork] = useState(EXAMPLE_NETWORK);
  const example = FILTER_EXAMPLES.find((one) => one.id === id);
  if (example === undefined) return null;
  const problem = example.asksForNetwork ? cidrBlockProblem(network, LABEL) : undefined;
  const use = (): void => {
    const next = withExample(form.values, example, network);
    for (const name of ['ingress', 'egress', 'rowsMade'] as const) form.set(name, next[name]);
  };
  const bound = { path: 'example', onBlur: () => {}, error: undefined };
  const options = FILTER_EXAMPLES.map(({ id: value, label, description }) => ({ value, label, description }));
  const hasRules = form.values.ingress.length + form.values.egress.length > 0;
  return (
    <ExpandableSection headerText="Start from an example">
      <SpaceBetween size="s">
        <SelectField label="Example" options={options} {...bound} value={id} onChange={setId} />
        {example.asksForNetwork && (
          <TextField
            label={LABEL}
            {...bound}
            path="network"
            error={problem}
            value={network}
            onChange={setNetwork}
          />
        )}
        {example.more !== undefined && (
          <Box color="text-body-secondary">More: {example.more} in the package.</Box>
        )}
        {hasRules && <Alert type="info">The rules of the form are replaced.</Alert>}
        <Button formAction="none" disabled={problem !== undefined} disabledReason={problem} onClick={use}>
          Use example
        </Button>
      </SpaceBetween>
    </ExpandableSection>
  );
}
