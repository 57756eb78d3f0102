/** The fields of the one rule that a form is about. */
import { type RuleFields, withChange } from '../../forms/rule-fields.js';
import { FormSection } from '../../parts/form-page.js';
import type { Form } from '../../parts/use-form.js';
import { RuleInputs } from './rule-inputs.js';

interface RuleSectionProps<V extends RuleFields> {
  readonly form: Form<V>;
  readonly title: string;
}

/** The section with the fields of the one rule of a form. */
export function RuleSection<V extends RuleFields>({ form, title }: RuleSectionProps<V>) {
  const { values } = form;
  return (
    <FormSection
      title={title}
      description="Rules are tried by ascending number; the first that fits decides. Ports: 80 or 1024-65535, empty for all."
    >
      <RuleInputs
        fields={values}
        bind={(field) =>
          form.bindAt<RuleFields[typeof field]>(field, values[field], (value) => {
            const changed = withChange(values, { [field]: value });
            for (const [name, text] of Object.entries(changed)) {
              if (text !== values[name as keyof V])
                form.set(name as keyof V & string, text as V[keyof V & string]);
            }
          })
        }
      />
    </FormSection>
  );
}
