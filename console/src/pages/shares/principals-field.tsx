/** The field Principals: a text, the button that adds it, and a token for each that was added. */
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TokenGroup from '@cloudscape-design/components/token-group';
import { useState } from 'react';
import { type PrincipalsValue, principalsProblem } from '../../forms/share.js';
import { useSession } from '../../parts/session.js';
import type { Bound } from '../../parts/use-form.js';

/** The field. What is typed and not added is sent as well. */
export function PrincipalsField({ path, value, onChange, onBlur, error }: Bound<PrincipalsValue>) {
  const { identity } = useSession();
  const [refused, setRefused] = useState<PrincipalsValue>();
  const { added, text } = value;
  const problem = error ?? (refused === value ? principalsProblem(value, identity.account) : undefined);
  const add = (): void => {
    if (text.trim() === '') return;
    if (principalsProblem(value, identity.account) === undefined) {
      onChange({ added: [...added, text.trim()], text: '' });
    } else setRefused(value);
  };
  return (
    <div data-field={path} data-problem={problem !== undefined}>
      <SpaceBetween size="xs">
        <FormField
          label={
            <span>
              Principals<i> - optional</i>
            </span>
          }
          description="Accounts that are invited: IDs of 12 digits, or the ARN of your organization or a unit of it."
          errorText={problem}
          secondaryControl={
            <Button formAction="none" onClick={add}>
              Add
            </Button>
          }
        >
          <Input
            value={text}
            autoComplete={false}
            invalid={problem !== undefined}
            onChange={({ detail }) => onChange({ added, text: detail.value })}
            onBlur={onBlur}
            onKeyDown={(event) => {
              if (event.detail.key !== 'Enter') return;
              event.preventDefault();
              add();
            }}
          />
        </FormField>
        <TokenGroup
          alignment="horizontal"
          items={added.map((principal) => ({ label: principal, dismissLabel: `Remove ${principal}` }))}
          onDismiss={({ detail }) =>
            onChange({ added: added.filter((_, index) => index !== detail.itemIndex), text })
          }
          i18nStrings={{ limitShowFewer: 'Show fewer', limitShowMore: 'Show more' }}
        />
      </SpaceBetween>
    </div>
  );
}
