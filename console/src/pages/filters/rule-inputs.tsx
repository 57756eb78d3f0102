/** The eight fields of a rule. */
import ColumnLayout from '@cloudscape-design/components/column-layout';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { hasPorts, type ProtocolChoice, type RuleField, type RuleFields } from '../../forms/rule-fields.js';
import { SelectField, TextField } from '../../parts/fields.js';
import type { Bound } from '../../parts/use-form.js';

interface RuleInputsProps {
  readonly fields: RuleFields;
  readonly bind: <Field extends RuleField>(field: Field) => Bound<RuleFields[Field]>;
  /** The rule is made already. */
  readonly disabled?: boolean;
}

const ACTIONS = [
  { value: 'accept', label: 'accept' },
  { value: 'reject', label: 'reject' },
] as const;

const PROTOCOLS: readonly { value: ProtocolChoice; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: '6', label: 'TCP (6)' },
  { value: '17', label: 'UDP (17)' },
  { value: '1', label: 'ICMP (1)' },
  { value: '58', label: 'ICMPv6 (58)' },
  { value: 'custom', label: 'Custom' },
];

/** Fields of one rule. Port ranges can be filled in only with TCP and UDP. */
export function RuleInputs({ fields, bind, disabled = false }: RuleInputsProps) {
  const portsDisabled = disabled || !hasPorts(fields);
  const ports = { optional: true, placeholder: 'All ports', disabled: portsDisabled } as const;
  return (
    <ColumnLayout columns={3} minColumnWidth={170}>
      <TextField label="Number" numeric disabled={disabled} {...bind('ruleNumber')} />
      <SelectField
        label="Rule action"
        options={ACTIONS}
        disabled={disabled}
        {...asText(bind('ruleAction'))}
      />
      <SpaceBetween size="xs">
        <SelectField label="Protocol" options={PROTOCOLS} disabled={disabled} {...asText(bind('protocol'))} />
        {fields.protocol === 'custom' && (
          <TextField label="Protocol number" numeric disabled={disabled} {...bind('protocolNumber')} />
        )}
      </SpaceBetween>
      <TextField label="Source port range" {...ports} {...bind('sourcePortRange')} />
      <TextField label="Destination port range" {...ports} {...bind('destinationPortRange')} />
      <TextField label="Source CIDR block" disabled={disabled} {...bind('sourceCidrBlock')} />
      <TextField label="Destination CIDR block" disabled={disabled} {...bind('destinationCidrBlock')} />
      <TextField label="Description" optional disabled={disabled} {...bind('description')} />
    </ColumnLayout>
  );
}

/** A choice as a field of text takes it. */
function asText<Value extends string>({ onChange, ...bound }: Bound<Value>): Bound<string> {
  return { ...bound, onChange: (value) => onChange(value as Value) };
}
