/** The sources of new sessions: a row each. */
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { SessionValues } from '../../forms/session-create.js';
import { AutosuggestField } from '../../parts/fields.js';
import type { Form } from '../../parts/use-form.js';
import type { SessionChoices } from './session-choices.js';

interface SourceFieldsProps {
  readonly form: Form<SessionValues>;
  readonly choices: SessionChoices;
}

/** `Mirror source`, `Mirror source 2` and so on. Each gets a session. */
export function SourceFields({ form, choices }: SourceFieldsProps) {
  const { sources } = form.values;
  const set = (next: readonly string[]): void => form.set('sources', next);
  return (
    <SpaceBetween size="m">
      {sources.map((source, index) => (
        <AutosuggestField
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; its text is what is typed.
          key={index}
          label={index === 0 ? 'Mirror source' : `Mirror source ${index + 1}`}
          description={index === 0 && 'A network interface, or the name of a device of the host.'}
          options={choices.sourceOptions}
          loading={choices.interfaces.loading}
          failure={choices.interfaces.error?.message}
          placeholder="Choose or type a source"
          secondary={
            sources.length > 1 && (
              <Button
                formAction="none"
                ariaLabel={`Remove mirror source ${index + 1}`}
                onClick={() => set(sources.filter((_, other) => other !== index))}
              >
                Remove
              </Button>
            )
          }
          {...form.bindAt(`sources.${index}`, source, (value) =>
            set(sources.map((one, other) => (other === index ? value : one))),
          )}
        />
      ))}
      <Button formAction="none" iconName="add-plus" onClick={() => set([...sources, ''])}>
        Add mirror source
      </Button>
    </SpaceBetween>
  );
}
